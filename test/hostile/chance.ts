/** Seeds that fast-check takes are whole numbers of 32 bits. */
export const DEFAULT_SEED_LIMIT = 2 ** 31;

/** In an order that a seed decides (Fisher and Yates). */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const result = [...all];
  const random = randomOf(seed);
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** Numbers in [0, 1) by a linear congruence, with the constants of POSIX' drand48. */
function randomOf(seed: number): () => number {
  let state = ((BigInt(seed) << 16n) + 0x330en) & 0xffff_ffff_ffffn;
  return () => {
    state = (state * 0x5_deec_e66dn + 0xbn) & 0xffff_ffff_ffffn;
    return Number(state) / 2 ** 48;
  };
}
