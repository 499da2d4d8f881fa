const LIGHT = `
--page:#f3f5f7;--card:#fff;--ink:#17212b;--soft:#51606d;--line:#dde4ea;--grid:#e7ecf0;--bar:#1c7c8c;--start:#125863;
--pass:#0a6a4a;--pass-soft:#e3f4ec;--fail:#b3231b;--fail-soft:#fdebe9;--partial:#855000;--partial-soft:#fcf2de;
--error:#5a3fa6;--error-soft:#efebfb;--timed-out:#1a5a9e;--timed-out-soft:#e6f0fb;--outer:#a9cdd4;--skipped:#51606d;--skipped-soft:#ebeff2;`;

const DARK = `
--page:#0d1318;--card:#151d25;--ink:#e4ebf1;--soft:#9db0bf;--line:#27333e;--grid:#22303b;--bar:#41a9ba;--start:#8ad9e6;
--pass:#56d4a6;--pass-soft:#112a22;--fail:#ff9b92;--fail-soft:#351817;--partial:#f0bc60;--partial-soft:#302610;
--error:#c2adff;--error-soft:#241d3b;--timed-out:#8cc0fa;--timed-out-soft:#14263c;--outer:#2b5661;--skipped:#9db0bf;--skipped-soft:#202b35;`;

const PAGE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
body>*{max-width:1120px;margin:0 auto;padding:0 24px}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:20px}
h1,h2,h3,h4,p,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
.code{font-family:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.87em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.aside{color:var(--soft);font-weight:400;font-size:14px;margin-left:6px}
.none,.more{color:var(--soft)}
.top{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline;padding-top:26px;padding-bottom:18px;color:var(--soft);font-size:14px}
.top .brand{color:var(--ink);font-weight:700;font-size:16px;letter-spacing:-.01em}
.top time{margin-left:auto}
footer{color:var(--soft);font-size:13px;padding-top:22px;padding-bottom:40px}
`;

const HERO = `
.hero{display:flex;gap:24px;align-items:center;padding:28px 30px;border-radius:14px;border:1px solid;color:var(--tone);background:var(--tone-soft);border-color:color-mix(in srgb,var(--tone) 26%,transparent)}
.hero .icon{flex:none;width:76px;height:76px}
.hero h1{font-size:46px;line-height:1.05;letter-spacing:-.02em;font-weight:750}
.hero .message{color:var(--ink);font-size:17px;line-height:1.45;margin-top:8px;white-space:pre-line}
.hero .exit{font-size:14px;font-weight:600;margin-top:6px}
.icon{display:block;fill:none}
.icon .disc{fill:var(--tone)}
.icon .sign{stroke:var(--tone-soft);stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.pass{--tone:var(--pass);--tone-soft:var(--pass-soft)}
.fail{--tone:var(--fail);--tone-soft:var(--fail-soft)}
.partial{--tone:var(--partial);--tone-soft:var(--partial-soft)}
.error{--tone:var(--error);--tone-soft:var(--error-soft)}
.timed-out{--tone:var(--timed-out);--tone-soft:var(--timed-out-soft)}
.skipped{--tone:var(--skipped);--tone-soft:var(--skipped-soft)}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile dt{color:var(--soft);font-size:13px}
.tile .value{font-size:23px;line-height:1.3;font-weight:650;letter-spacing:-.015em}
.tile .note{color:var(--soft);font-size:13px}
`;

const LADDER = `
.ladder{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:4px}
.rung{position:relative;display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 8px;align-items:center;padding:9px 14px;background:var(--tone-soft);border-top:3px solid var(--tone);color:var(--tone)}
.rung:first-child{border-radius:10px 0 0 10px}
.rung:last-child{border-radius:0 10px 10px 0}
.rung .icon{width:17px;height:17px}
.rung .level{font-weight:650;font-size:14px;grid-column:2}
.rung .note{color:var(--ink);font-size:12.5px;line-height:1.35;grid-column:1/-1;margin-top:1px}
.rung.unasked{--tone:var(--soft);--tone-soft:transparent;border-top:3px dashed var(--line);box-shadow:inset 0 0 0 1px var(--line)}
.rung.unasked .level{grid-column:1/-1}
.rung.unasked .note{color:var(--soft)}
`;

const CARDS = `
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;min-width:0}
.card h2{font-size:17px;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin-bottom:14px}
.card h3{font-size:14px;font-weight:650;margin:20px 0 6px}
.card h2+h3{margin-top:0}
.pair{display:grid;grid-template-columns:minmax(0,1.85fr) minmax(0,1fr);gap:20px}
.pair.even{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.pair>:only-child{grid-column:1/-1}
.pair:empty{display:none}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-top:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{border-top:0;color:var(--soft);font-size:13px;padding-top:0;overflow-wrap:normal}
tfoot th,tfoot td{font-weight:650}
.number{text-align:right;padding-left:6px}
.mark{width:28px;vertical-align:middle}
.mark .icon{width:16px;height:16px;margin-left:auto}
.objects{table-layout:fixed}
.group th{font-weight:650;padding-top:14px}
.objects tr:not(.group) td:first-child{padding-left:12px}
.warnings ul{list-style:disc;padding-left:20px}
.warnings h2{color:var(--partial)}
.facts>div{display:grid;grid-template-columns:110px minmax(0,1fr);gap:12px;padding:6px 0;border-top:1px solid var(--line);font-size:14px}
.facts>:first-child{border-top:0;padding-top:0}
.facts dt{color:var(--soft)}
`;

const RUNNING = `
.workloads th[scope=row]{font-weight:550}
.workloads .kind,.changes .path{display:block;color:var(--soft);font-size:12.5px;font-weight:400}
.workloads td,.workloads th{vertical-align:middle}
.workloads .ready{color:var(--tone);font-weight:650;white-space:nowrap}
.workloads .ready .icon{display:inline-block;width:15px;height:15px;vertical-align:-2.5px;margin-right:5px}
.workloads .after{width:18%;padding-left:14px;white-space:nowrap}
.workloads .node{text-align:center;padding-left:6px;padding-right:6px;border-left:1px solid var(--line)}
.workloads thead .node{font-size:12px}
.lapse{display:block;margin-top:2px}
.pods{display:block;margin:0 auto;fill:var(--bar)}
.metrics>div{display:grid;grid-template-columns:minmax(0,1fr) fit-content(50%);gap:14px;align-items:center;padding:9px 0;border-top:1px solid var(--line)}
.metrics>:first-child{border-top:0;padding-top:0}
.metrics .note{display:block;color:var(--soft);font-size:13px}
.metrics dt{font-size:14px}
.metrics dd{font-size:20px;font-weight:650;letter-spacing:-.01em;text-align:right}
.pill.bare{padding-left:10px}
.unfold{margin-top:5px;font-size:13px}
.unfold summary{color:var(--soft);cursor:pointer;width:fit-content}
.unfold ul{margin-top:5px;padding:8px 12px;background:var(--page);border-radius:8px;max-height:340px;overflow:auto}
.unfold li{padding:2px 0;white-space:pre-wrap}
`;

const CHECKS = `
.check{display:grid;grid-template-columns:104px minmax(0,1.5fr) minmax(0,1fr);gap:4px 24px;padding:12px 0;border-top:1px solid var(--line)}
.check .head{display:flex;flex-direction:column;align-items:flex-start;gap:4px}
.check h4{font-weight:600;font-size:14px}
.check .evidence{margin-top:2px;white-space:pre-line}
.check .limits{color:var(--soft);font-size:14px}
.limits .label{display:block;font-size:13px;font-weight:600;line-height:1.62}
.pill{display:inline-flex;align-items:center;gap:6px;padding:2px 10px 2px 4px;border-radius:99px;color:var(--tone);background:var(--tone-soft);font-size:13px;font-weight:650}
.pill .icon{width:17px;height:17px}
.took{color:var(--soft);font-size:13px;white-space:nowrap}
.check .took{padding-left:4px}
`;

const TIMELINE = `
.timeline li,.axis{display:grid;grid-template-columns:minmax(0,190px) minmax(0,1fr) 82px;gap:14px;align-items:center}
.timeline .phase{font-size:14px;line-height:1.3}
.timeline .took{text-align:right}
.track{display:block;height:28px;overflow:visible}
.grid{stroke:var(--grid);stroke-width:1}
.bar{fill:var(--bar)}
.bar.outer{fill:var(--outer)}
.start{stroke:var(--start);stroke-width:2}
.depth1 .phase{padding-left:14px}
.depth2 .phase{padding-left:28px}
.depth3 .phase{padding-left:42px}
.depth1 .phase,.depth2 .phase,.depth3 .phase{color:var(--soft)}
.timeline.dense li,.timeline.dense+.axis{grid-template-columns:minmax(0,270px) minmax(0,1fr) 82px}
.dense .phase{font-size:13px}
.dense .track{height:23px;margin:-1px 0}
.axis svg{grid-column:2;display:block;height:20px;overflow:visible}
.axis text{fill:var(--soft);font-size:12px}
`;

const NARROW = `
@media (max-width:860px){.ladder{grid-template-columns:repeat(3,minmax(0,1fr))}.rung,.rung:first-child,.rung:last-child{border-radius:6px}.check{grid-template-columns:104px minmax(0,1fr)}.check .limits{grid-column:2}.limits .label{display:inline}.pair,.pair.even{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (max-width:560px){
body>*{padding-left:14px;padding-right:14px}
main{gap:14px}
.hero{flex-direction:column;align-items:flex-start;gap:14px;padding:20px}
.hero .icon{width:52px;height:52px}.hero h1{font-size:36px}.hero .message{font-size:16px}
.tile{padding:11px 13px}.tile .value{font-size:19px}
.card{padding:16px}
.digest{display:none}
.top time{margin-left:0;flex-basis:100%}
.check{grid-template-columns:minmax(0,1fr)}.check .limits{grid-column:1}.check .head{flex-direction:row;align-items:center}
.timeline li{grid-template-columns:minmax(0,1fr) auto;gap:0 10px;padding-top:6px}
.timeline .track{grid-column:1/-1;grid-row:2}
.timeline.dense li{grid-template-columns:minmax(0,1fr) auto;padding-top:2px}
.axis,.timeline.dense+.axis{grid-template-columns:minmax(0,1fr)}.axis svg{grid-column:1}
.ladder{grid-template-columns:repeat(2,minmax(0,1fr))}.rung{padding:7px 11px}
.workloads .after{display:none}
.workloads .kind{display:none}
.workloads td,.workloads th{padding-left:3px;padding-right:3px}
.workloads th:first-child{padding-left:0}
.workloads thead .node{vertical-align:bottom}
.workloads thead .node span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
.workloads .ready .icon{display:none}
.changes{table-layout:fixed}.changes th:first-child{width:84px}.changes .pill{padding:1px 7px;font-size:12px}
.changes th:nth-child(3),.changes td:nth-child(3){display:none}
}`;

const PRINT = `
@page{margin:14mm}
@media print{
:root{color-scheme:light}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{background:#fff;font-size:12px}
body>*{max-width:none;padding:0}
main{display:block}.ladder{grid-template-columns:repeat(6,minmax(0,1fr))}.rung{padding:5px 8px}.rung .note{font-size:10.5px}.unfold ul{max-height:none}.dense .track{height:19px}main>*{margin-bottom:12px}
.top{padding-bottom:12px}footer{padding:8px 0 0}
.hero{padding:18px 22px;gap:18px}.hero .icon{width:54px;height:54px}.hero h1{font-size:34px}.hero .message{font-size:14px;margin-top:4px}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr));gap:8px}.tile{padding:9px 11px}.tile .value{font-size:17px}
.card{padding:13px 15px}.card h2{font-size:14px;margin-bottom:9px}.card h3{font-size:12px;margin-top:14px}
.pair{grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:12px}.number,.pair .mark{padding-right:6px}.pair.even{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
table,.facts>div,.timeline .phase,.check h4,.check .limits{font-size:12px}
.aside,.tile dt,.tile .note,.took,.pill,thead th,.limits .label,.top,footer{font-size:11px}
th,td{padding-top:4px;padding-bottom:4px}
.timeline li,.axis,.timeline.dense li,.timeline.dense+.axis{grid-template-columns:minmax(0,126px) minmax(0,1fr) 48px;gap:8px}.track{height:22px}
.check{grid-template-columns:84px minmax(0,1.5fr) minmax(0,1fr);gap:3px 16px;padding:8px 0}.check .limits{grid-column:auto}.limits .label{display:block}
.facts>div{grid-template-columns:80px minmax(0,1fr)}
.tile,.rung,.check,.timeline li,tr,.hero,.axis,.pair .card,.warnings{break-inside:avoid}
h2,h3,thead,.group{break-after:avoid}
}`;

/** The report's one style sheet. Dark is for screens only: paper is white whatever the reader's scheme. */
export const STYLE = [
  `:root{color-scheme:light dark;${LIGHT}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${DARK}}}`,
  PAGE,
  HERO,
  LADDER,
  CARDS,
  CHECKS,
  RUNNING,
  TIMELINE,
  NARROW,
  PRINT,
].join('\n');
