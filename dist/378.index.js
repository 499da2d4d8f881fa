const gt=378,xt=[378],$t={28146:((ce,z,$)=>{$.d(z,{w:()=>S});var y=$(73024),b=$.n(y),m=$(76760),N=$.n(m);function S(I,f=511){const T=(0,m.resolve)(I);if(!(0,y.statSync)(T,{throwIfNoEntry:!1})?.isDirectory()){(0,m.dirname)(T)!==T&&S((0,m.dirname)(T),f);try{(0,y.mkdirSync)(T,{mode:f})}catch(w){if(!(0,y.statSync)(T,{throwIfNoEntry:!1})?.isDirectory())throw w}}}}),57994:((ce,z,$)=>{$.d(z,{B:()=>Y,w:()=>U});var y=$(25625),b=$(12011),m=$(64153);const N=1e3*1024,S=2e3,I=50,f=50,T=3,w={pass:"\u2705",fail:"\u274C",partial:"\u{1F7E1}",error:"\u26A0\uFE0F","timed-out":"\u23F1\uFE0F",skipped:"\u23ED\uFE0F"},c={...w,unasked:"\u25AB\uFE0F"};function Y(n){const r=[A(n),M(n),x(n),L(n),W(n),B(n),C(n),K(n),F(n),H(n),ee(n)];return J(r.filter(Boolean),N)}function U(n,{runUrl:r,notes:i=[]}={}){const h=[...r===void 0?[]:[`[Job summary and report](${r})`],...i.map(l)].join(" \xB7 "),v=[A(n),M(n),x(n),L(n),W(n),B(n),F({...n,checks:n.checks.filter(({status:j})=>j!=="pass")}),h&&`${h}
`];return V(v.filter(Boolean).join(`
`))}const V=n=>n.replace(/(?<!\w)@(?=\w)|\\#(?=\w)/g,"$&<!-- -->");function J(n,r){const i=`_Left out to keep this summary small; see report.json and report.html._
`,p=[];let h=r-Buffer.byteLength(i);for(const v of n){if(h-=Buffer.byteLength(v)+1,h<0)return[...p,i].join(`
`);p.push(v)}return p.join(`
`)}function A(n){const r=n.exitCode===0?"":` \xB7 exit code ${n.exitCode}: ${(0,m.k7)(n)}`;return`## ${w[(0,m.YV)(n)]} ${n.verdict} \xB7 ${(0,m.i2)(n)}${r}

${l(n.message)}
`}function x(n){const{backup:r,drill:i}=n,p=(0,m.Sd)((0,m.vE)(n)),h=[n.rpoSeconds!==null&&["RPO achieved",(0,b.Xo)(n.rpoSeconds)],n.rtoSeconds!==null&&["RTO achieved",(0,b.Xo)(n.rtoSeconds)],n.level&&["Level",n.level],n.checks.length>0&&["Checks",(0,m.N4)(n.checks)],p.restored!==null&&["Objects",`${(0,b.B4)(p.restored)} restored of ${(0,b.B4)(p.expected)}`],r&&["Backup",`${(0,b.fU)(r.createdAt)}, ${(0,b.z3)(r.bytes)}`],(r||i)&&["Argo CD",(0,m.e4)(r?.argocdVersion,i?.argocdVersion)],(r||i)&&["Kubernetes",(0,m.e4)(r?.kubernetesVersion,i?.kubernetesVersion)],i&&["Drill cluster",(0,m.gc)(i)]].filter(v=>Array.isArray(v));return h.length===0?"":E(["Figure","Value"],h)}function M(n){const r=(0,m.T1)(n).map(({level:i,state:p,note:h})=>`${c[p]} ${i} (${h})`);return r.length===0?"":`${r.join(" \u203A ")}
`}function K({workloads:n=[],metrics:r=[],drill:i}){const p=n.map(({kind:j,name:O,ready:G,wanted:P,seconds:X,nodes:D})=>[G>=P?w.pass:w.fail,`${j} ${O}`,`${G} of ${P}`,(0,b.Xo)(X),D.map(le=>(0,m.bb)(le,i?.clusterName)).join(", ")||"\u2013"]),h=r.map(j=>[j.name,(0,m.a3)(j),j.note]),v=[p.length>0?E(["","Workload","Ready","After","Nodes"],p):"",h.length>0?E(["Metric","Value",""],h):""].filter(Boolean);return v.length===0?"":R("Argo CD in the drill",v.join(`
`))}function W({changes:n=[],backup:r,drill:i}){const p=(0,m.hu)(n);if(p.length===0)return"";const h=p.filter(D=>D.class==="loss").length,v=p.slice(0,I),j=v.map(D=>[D.class==="loss"?`${w.fail} loss`:"migration",D.kind,D.path||"the whole object",D.what,`${(0,b.B4)(D.objects.length)}: ${(0,y.z)(D.objects,T)}`]),O=p.length-v.length,G=O>0?`
${(0,b.B4)(O)} more are in report.json.
`:"",P=E(["Class","Kind","Field","What","Objects"],j)+G,X=`Changes from Argo CD ${l((0,m.e4)(r?.argocdVersion,i?.argocdVersion))}`;return h>0?`### ${X}: ${(0,b.LS)(h,"loss","losses")}

${P}`:R(X,P)}function C(n){const r=(0,m.vE)(n).map(i=>[i.kind,(0,b.B4)(i.expected),i.restored===null?"\u2013":(0,b.B4)(i.restored),{true:"\u2705 complete",false:"\u274C differs",null:"not counted"}[`${(0,m.As)(i)}`]]);return r.length===0?"":R("Objects per kind",E(["Kind","Expected","Restored","State"],r))}function F(n){const r=(0,m.R8)(n).flatMap(h=>h.checks.map(Z));if(r.length===0)return"";const i=["Status","Check","Evidence","Does not prove","Took"],p=n.checks.map(Q).filter(Boolean);return R(`Checks: ${(0,m.N4)(n.checks)}`,[E(i,r),...p].join(`
`))}function Q({id:n,details:r=[]}){if(r.length===0)return"";const i=r.length-f,p=i>0?`- and ${(0,b.B4)(i)} more: report.json lists all of them
`:"",h=r.slice(0,f).map(v=>`- ${l(v)}
`);return R(`${l(n)}: ${(0,b.LS)(r.length,"line")}`,h.join("")+p)}function Z(n){const{status:r,id:i,evidence:p,doesNotProve:h,durationMs:v}=n;return[`${w[r]} ${r}`,i,p,h,(0,b._V)(v)]}function L(n){const r=(0,m.uR)(n.differences).flatMap(v=>v.differences);if(r.length===0)return"";const i=r.length-I,p=i>0?`
${(0,b.B4)(i)} more are in report.json.
`:"",h=r.slice(0,I).map(q);return`### ${(0,b.LS)(r.length,"difference")}

${E(["Problem","Kind","Object","Path"],h)}${p}`}function q(n){return[n.problem,n.kind,(0,m.Hd)(n),n.path]}function B(n){return n.warnings.length===0?"":`### Warnings

${n.warnings.map(r=>`- ${l(r)}
`).join("")}`}function H(n){const r=(0,m.K9)(n.phases).map(({name:i,startMs:p,endMs:h,depth:v})=>[`${"\u203A ".repeat(v)}${i}`,(0,b._V)(p),(0,b._V)(h-p)]);return r.length===0?"":R("Phases",E(["Phase","Began after","Took"],r))}function ee(n){const r=n.tools.map(({name:i,version:p,source:h})=>[i,p,h]);return r.length===0?"":R("Tools",E(["Tool","Version","Source"],r))}function R(n,r){return`<details>
<summary>${n}</summary>

${r}
</details>
`}function E(n,r){const i=p=>`| ${p.join(" | ")} |
`;return i(n)+i(n.map(()=>"---"))+r.map(p=>i(p.map(l))).join("")}const d=/:(?=\/\/)|(?:mailto|xmpp):|www(?=\.)|@(?=[\w.-])/gi;function l(n){const r=(0,b.TN)(n);return(r.length>S?`${r.slice(0,S).toWellFormed()}\u2026`:r).replace(/[\\`*_[\]{}~#|!]/g,"\\$&").replace(/^[-+=]|(?<=^\d{1,9})[.)](?=\s|$)/,"\\$&").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(d,"$&<!-- -->")}}),64153:((ce,z,$)=>{$.d(z,{As:()=>Y,Hd:()=>C,K9:()=>H,N4:()=>M,R8:()=>A,Sd:()=>U,T1:()=>Z,YV:()=>N,a3:()=>R,bb:()=>ee,e4:()=>F,gc:()=>E,hu:()=>B,i2:()=>I,k7:()=>w,uR:()=>W,vE:()=>c});var y=$(83916),b=$(12011),m=$(88850);function N(d){return d.verdict==="FAIL"?"fail":d.verdict==="INFRA_ERROR"?"error":d.verdict==="PASS"&&d.exitCode===y.dc.pass?"pass":"partial"}const S={install:"Argo CD installation",backup:"Argo CD backup","restore-verify":"Argo CD restore verification",drill:"Argo CD disaster recovery drill"};function I(d){return S[d.mode]}const f={[y.dc.pass]:"success",[y.dc.unexpected]:"unexpected error",[y.dc.invalidInput]:"invalid input",[y.dc.fail]:"the backup does not restore as asked",[y.dc.infra]:"nothing can be said about the backup",[y.dc.cannotOpen]:"the backup cannot be opened",[y.dc.objectiveMissed]:"RPO or RTO target missed",[y.dc.partial]:"not every check could be made",[y.dc.cancelled]:"cancelled"},T={backup:{[y.dc.fail]:"the source could not be backed up completely"},install:{[y.dc.fail]:"the installation does not hold what was asked of it",[y.dc.infra]:"the installation did not come up"}};function w({exitCode:d,mode:l,verdict:n}){return d===y.dc.objectiveMissed&&n==="FAIL"?"there is no backup to restore":T[l]?.[d]??f[d]??"unknown exit code"}function c(d){const l=d.backup?.counts??{},n=d.drill?.counts;return[...new Set([...Object.keys(l),...Object.keys(n??{})])].sort(J).map(i=>({kind:i,expected:l[i]??0,restored:n?n[i]??0:null}))}function Y({expected:d,restored:l}){return l===null?null:d===l}function U(d){const l=r=>r.reduce((i,p)=>i+p,0),n=d.every(r=>r.restored===null)?null:l(d.map(r=>r.restored??0));return{kind:"All objects",expected:l(d.map(r=>r.expected)),restored:n}}const V=["Application","ApplicationSet","AppProject"];function J(d,l){const n=r=>V.indexOf(r)+1||V.length+1;return n(d)-n(l)||(d<l?-1:1)}function A(d){return m.A_.map(l=>({level:l,checks:d.checks.filter(n=>n.level===l)})).filter(({checks:l})=>l.length>0)}const x=["pass","fail","error","timed-out","skipped"];function M(d){return x.map(r=>({status:r,count:d.filter(i=>i.status===r).length})).filter(({count:r})=>r>0).map(({status:r,count:i})=>`${i} ${r}`).join(", ")||"none made"}const K=["missing","different","unexpected"];function W(d){const l=new Map;for(const n of d){const{problem:r,kind:i}=n,p=JSON.stringify([r,i]),h=l.get(p)??{problem:r,kind:i,differences:[]};h.differences.push(n),l.set(p,h)}return[...l.values()].sort((n,r)=>K.indexOf(n.problem)-K.indexOf(r.problem)||r.differences.length-n.differences.length)}function C({namespace:d,name:l}){return d?`${d}/${l}`:l}function F(d,l){const n=[d,l].filter(r=>r!==void 0);return[...new Set(n)].join(" \u2192 ")||"\u2013"}const Q=["fail","error","timed-out","skipped","pass"];function Z(d){const{level:l,checks:n,mode:r}=d;return l===null||r==="backup"||r==="install"?[]:m.A_.map(i=>{const p=n.filter(v=>v.level===i);return p.length>0?L(i,p):m.A_.indexOf(i)<=m.A_.indexOf(l)&&(i!=="render"||l==="render")?{level:i,state:"skipped",note:"not reached"}:{level:i,state:"unasked",note:"not asked for"}})}function L(d,l){const n=Q.find(i=>l.some(p=>p.status===i)),r=n==="pass"?`${l.length} of ${l.length} proven`:M(l);return{level:d,state:n,note:r}}const q=d=>d.replace(/\[\d+\]/g,"[]");function B(d){const l=new Map;for(const r of d){const{kind:i,what:p,class:h}=r,v=q(r.path),j=JSON.stringify([h,i,v,p]),O=l.get(j)??{kind:i,path:v,what:p,class:h,objects:[]};O.objects.includes(C(r))||O.objects.push(C(r)),l.set(j,O)}const n=({class:r})=>r==="loss"?0:1;return[...l.values()].sort((r,i)=>n(r)-n(i)||i.objects.length-r.objects.length)}function H(d,l,n=0){return d.flatMap((r,i)=>{if(r.parent!==l)return[];const p=H(d,i,n+1);return[{...r,depth:n,encloses:p.length>0},...p]})}function ee(d,l){return l&&d.startsWith(`${l}-`)?d.slice(l.length+1):d}function R({value:d,unit:l}){const n=d.toLocaleString("en-US",{maximumSignificantDigits:4});return l?`${n} ${l}`:n}function E({clusterProvider:d,clusterName:l,nodes:n}){return[d,n===void 0?"":(0,b.LS)(n,"node"),l??""].filter(Boolean).join(", ")}}),67378:((ce,z,$)=>{$.d(z,{writeReport:()=>Je});var y=$(77598),b=$(51455),m=$(76760),N=$(37428),S=$(83916),I=$(28146),f=$(12011),T=$(25625);class w{text;constructor(t){this.text=t}toString(){return this.text}}function c(e,...t){return new w(e.reduce((s,o,a)=>s+U(t[a-1]??"")+o))}function Y(e){return(0,f.g$)(e).replace(/[&<>"']/g,t=>`&#${t.codePointAt(0)};`)}function U(e){return Array.isArray(e)?e.map(U).join(""):e instanceof w?e.text:Y(String(e))}const V={pass:"M6.5 12.5l3.8 3.8 7.2-8.1",fail:"M7.5 7.5l9 9m0-9l-9 9",partial:"M12 6.2v7.3m0 3.6v.6",error:"M12 6.2v7.3m0 3.6v.6",skipped:"M7 12h10","timed-out":"M12 6.6V12l3.7 2.5"},J={pass:'<circle cx="12" cy="12" r="11"/>',fail:'<circle cx="12" cy="12" r="11"/>',partial:'<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',error:'<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',skipped:'<circle cx="12" cy="12" r="11"/>',"timed-out":'<path d="M6.3 1.6h11.4L23.4 12l-5.7 10.4H6.3L.6 12z"/>'};function A(e){const t=new w(J[e]);return c`<svg class="icon ${e}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${t}</g><path class="sign" d="${V[e]}"/></svg>`}var x=$(64153);const M=50,K=3;function W(e){const t=(0,x.T1)(e);return t.length===0?"":c`<section aria-label="Levels"><ol class="ladder">
${t.map(C)}</ol></section>`}function C({level:e,state:t,note:s}){const o=t==="unasked"?"":A(t);return c`<li class="rung ${t}">${o}<span class="level">${e}</span><span class="note">${s}</span></li>
`}function F({workloads:e=[],drill:t}){if(e.length===0)return"";const s=Q(e),o=Math.max(...e.map(({seconds:g})=>g??0),.001),a=e.reduce((g,{ready:k})=>g+k,0),u=s.map(g=>c`<th scope="col" class="node"><span>${(0,x.bb)(g,t?.clusterName)}</span></th>`);return c`<section class="card" aria-labelledby="running"><h2 id="running">Argo CD in the drill <span class="aside">${(0,f.LS)(a,"pod")} ready${s.length>0?` on ${(0,f.LS)(s.length,"node")}`:""}</span></h2>
<table class="workloads"><thead><tr><th scope="col">Workload</th><th scope="col" class="number">Ready</th><th scope="col" class="after">After</th>${u}</tr></thead>
<tbody>
${e.map(g=>Z(g,s,o))}</tbody></table></section>`}function Q(e){const t=o=>o.includes("control-plane")?0:1,s=new Intl.Collator("en",{numeric:!0});return[...new Set(e.flatMap(({nodes:o})=>o))].sort((o,a)=>t(o)-t(a)||s.compare(o,a))}function Z({kind:e,name:t,ready:s,wanted:o,seconds:a,nodes:u},g,k){const _=s>=o?"pass":"fail",te=_==="pass"?"all ready":"not ready",ne=`${Number(((a??0)/k*100).toFixed(2))}%`,tt=c`<svg class="lapse" width="100%" height="6" aria-hidden="true"><rect class="bar" width="${ne}" height="6" rx="3"/></svg>`,nt=g.map(st=>q(u.filter(ot=>ot===st).length));return c`<tr><th scope="row">${t}<span class="kind">${e}</span></th><td class="number ready ${_}">${A(_)}<span class="unseen">${te}: </span>${s}/${o}</td><td class="after">${(0,f.Xo)(a)}${tt}</td>${nt}</tr>
`}const L=12;function q(e){if(e===0)return c`<td class="node"><span class="unseen">no pod</span></td>`;if(e>4)return c`<td class="node">${(0,f.B4)(e)}</td>`;const t=Array.from({length:e},(s,o)=>c`<circle cx="${o*L+L/2}" cy="6" r="4.5"/>`);return c`<td class="node"><svg class="pods" width="${e*L}" height="12" aria-hidden="true">${t}</svg><span class="unseen">${(0,f.LS)(e,"pod")}</span></td>`}function B({metrics:e=[]}){if(e.length===0)return"";const t=e.map(s=>c`<div><dt>${s.name}<span class="note">${s.note}</span></dt><dd>${(0,x.a3)(s)}</dd></div>\n`);return c`<section class="card" aria-labelledby="metrics"><h2 id="metrics">Key metrics <span class="aside">as measured in the drill</span></h2>
<dl class="metrics">
${t}</dl></section>`}function H({changes:e=[],backup:t,drill:s}){const o=(0,x.hu)(e);if(o.length===0)return"";const a=o.filter(_=>_.class==="loss").length,u=a>0?(0,f.LS)(a,"loss","losses"):"migrations only, nothing is lost",g=o.length-M,k=g>0?c`<tr><td colspan="4" class="more">${(0,f.B4)(g)} more are listed in report.json.</td></tr>`:"";return c`<section class="card" aria-labelledby="changes"><h2 id="changes">Upgrade rehearsal: Argo CD ${(0,x.e4)(t?.argocdVersion,s?.argocdVersion)} <span class="aside">${u}</span></h2>
<table class="changes"><thead><tr><th scope="col">Class</th><th scope="col">Field</th><th scope="col">What</th><th scope="col">Objects</th></tr></thead>
<tbody>
${o.slice(0,M).map(ee)}${k}</tbody></table></section>`}function ee({class:e,kind:t,path:s,what:o,objects:a}){return c`<tr><td><span class="pill bare ${e==="loss"?"fail":"skipped"}">${e}</span></td><td>${t}<span class="code path">${s||"the whole object"}</span></td><td>${o}</td><td><b>${(0,f.B4)(a.length)}</b> <span class="code">${(0,T.z)(a,K)}</span></td></tr>
`}const R=20,E=200,d=200;function l(e){const t=(0,x.vE)(e);if(t.length===0)return"";const s=t.some(a=>a.restored!==null),o=s?c`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`:c`<th scope="col" class="number">In the backup</th>`;return c`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${o}</tr></thead>
<tbody>
${t.map(a=>n(a,s))}</tbody>
<tfoot>${n((0,x.Sd)(t),s)}</tfoot></table></section>`}function n(e,t){const s=c`<th scope="row">${e.kind}</th><td class="number">${(0,f.B4)(e.expected)}</td>`;if(!t)return c`<tr>${s}</tr>\n`;const o=(0,x.As)(e)?"pass":"fail",a=(0,x.As)(e)?"equal":"differs";return c`<tr>${s}<td class="number">${(0,f.B4)(e.restored??0)}</td><td class="mark">${A(o)}<span class="unseen">${a}</span></td></tr>
`}const r=(e,t)=>[...e.filter(t),...e.filter(s=>!t(s))],i=({status:e})=>e==="fail"||e==="error"||e==="timed-out";function p(e){const t=r((0,x.R8)(e),({checks:a})=>a.some(i)),s=t.length===0?c`<p class="none">No check was made: nothing is proven about the backup.</p>`:t.map(h);return t.length===0&&(e.mode==="install"||e.mode==="backup")?c``:c`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${(0,x.N4)(e.checks)}</span></h2>
${s}</section>`}function h({level:e,checks:t}){return c`<h3>Level ${e} <span class="aside">${(0,x.N4)(t)}</span></h3>
<ul class="checks">
${r(t,i).map(v)}</ul>
`}function v({id:e,status:t,evidence:s,details:o=[],doesNotProve:a,durationMs:u}){const g=a&&t==="pass"?c`<p class="limits"><span class="label">Does not prove:</span> ${a}</p>`:"";return c`<li class="check"><div class="head"><span class="pill ${t}">${A(t)}${t}</span><span class="took">${(0,f._V)(u)}</span></div>
<div class="shown"><h4 class="code">${e}</h4><p class="evidence">${s}</p>${j(o)}</div>${g}</li>
`}function j(e){if(e.length===0)return"";const t=e.length-E,s=e.slice(0,E).map(a=>c`<li>${a}</li>\n`),o=t>0?c`<li class="more">${(0,f.B4)(t)} more are listed in report.json.</li>\n`:"";return c`<details class="unfold"><summary>${(0,f.LS)(e.length,"line")} of detail</summary><ul class="code">
${s}${o}</ul></details>`}function O(e){const{differences:t}=e;if(t.length===0)return"";let s=d;const o=(0,x.uR)(t).map(a=>{const u=a.differences.slice(0,Math.min(R,s));return s-=u.length,G(a,u)});return c`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${(0,f.B4)(t.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${o}</table></section>`}function G({problem:e,kind:t,differences:s},o){const a=s.length-o.length,u=o.map(k=>c`<tr><td class="code">${(0,x.Hd)(k)}</td><td class="code">${k.path||"the whole object"}</td></tr>\n`),g=a>0?c`<tr><td colspan="2" class="more">${(0,f.B4)(a)} more are listed in report.json.</td></tr>\n`:"";return c`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${t} ${e} <span class="aside">${(0,f.B4)(s.length)}</span></th></tr>
${u}${g}</tbody>
`}function P({warnings:e}){if(e.length===0)return"";const t=e.map(s=>c`<li>${s}</li>\n`);return c`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${t}</ul></section>`}const X=12;function D({tools:e}){if(e.length===0)return"";const t=e.map(({name:s,version:o,source:a,sha256:u})=>c`<tr><th scope="row">${s}</th><td>${o}</td><td>${a}</td><td class="code digest">${u.slice(0,X)||"\u2013"}</td></tr>\n`);return c`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${t}</tbody></table></section>`}function le(e){const t=[...be(e),...ve(e),...ye(e)];return t.length===0?c``:c`<section aria-label="Key figures"><dl class="tiles">
${t.map($e)}</dl></section>`}function $e({label:e,value:t,note:s}){return c`<div class="tile"><dt>${e}</dt><dd class="value">${t}</dd><dd class="note">${s}</dd></div>
`}function be({mode:e,rpoSeconds:t,rtoSeconds:s}){return e==="install"||e==="backup"?[]:[{label:"RPO achieved",value:(0,f.Xo)(t),note:t===null?"not measured":"age of the backup at the start"},{label:"RTO achieved",value:(0,f.Xo)(s),note:s===null?"not measured":"first step to last check"}]}function ve(e){const t=(0,x.vE)(e),s=(0,x.Sd)(t),o=[];if(e.level&&o.push({label:"Level",value:e.level,note:`checks: ${(0,x.N4)(e.checks)}`}),t.length===0)return o;const[a,u]=s.restored===null?[(0,f.B4)(s.expected),"in the backup"]:[`${(0,f.B4)(s.restored)} / ${(0,f.B4)(s.expected)}`,"restored / expected"];return[...o,{label:"Objects",value:a,note:u}]}function ye({backup:e,drill:t}){const s=[];if(e||t){const o=e&&t?"backup and drill":e?"of the source":"installed",a=(0,x.e4)(e?.argocdVersion,t?.argocdVersion),u=(0,x.e4)(e?.kubernetesVersion,t?.kubernetesVersion);s.push({label:"Argo CD",value:a,note:o},{label:"Kubernetes",value:u,note:o})}if(e&&s.push({label:"Backup",value:(0,f.z3)(e.bytes),note:(0,f.fU)(e.createdAt)}),t){const{clusterName:o,nodes:a}=t,g=[a===void 0?"":(0,f.LS)(a,"node"),o].filter(Boolean).join(", ")||"provider of the drill";s.push({label:"Cluster",value:t.clusterProvider,note:g})}return s}const pe=[`:root{color-scheme:light dark;
--page:#f3f5f7;--card:#fff;--ink:#17212b;--soft:#51606d;--line:#dde4ea;--grid:#e7ecf0;--bar:#1c7c8c;--start:#125863;
--pass:#0a6a4a;--pass-soft:#e3f4ec;--fail:#b3231b;--fail-soft:#fdebe9;--partial:#855000;--partial-soft:#fcf2de;
--error:#5a3fa6;--error-soft:#efebfb;--timed-out:#1a5a9e;--timed-out-soft:#e6f0fb;--outer:#a9cdd4;--skipped:#51606d;--skipped-soft:#ebeff2;}`,`@media screen and (prefers-color-scheme:dark){:root{
--page:#0d1318;--card:#151d25;--ink:#e4ebf1;--soft:#9db0bf;--line:#27333e;--grid:#22303b;--bar:#41a9ba;--start:#8ad9e6;
--pass:#56d4a6;--pass-soft:#112a22;--fail:#ff9b92;--fail-soft:#351817;--partial:#f0bc60;--partial-soft:#302610;
--error:#c2adff;--error-soft:#241d3b;--timed-out:#8cc0fa;--timed-out-soft:#14263c;--outer:#2b5661;--skipped:#9db0bf;--skipped-soft:#202b35;}}`,`
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
`,`
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
`,`
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
`,`
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
`,`
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
`,`
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
`,`
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
`,`
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
}`,`
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
}`].join(`
`),se=6e4,oe=60*se,ue=24*oe,fe=6,we=3,ke=[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,15e3,3e4,...[1,2,5,10,15,30].map(e=>e*se),...[1,2,6,12].map(e=>e*oe)];function he(e){const t=ke.find(s=>e/s<=fe)??Math.ceil(e/fe/ue)*ue;return Array.from({length:Math.floor(e/t)+1},(s,o)=>o*t)}function Se(e){return e===0?"0":e<1e3?`${e} ms`:e<se?`${e/1e3} s`:e<oe?`${e/se} min`:`${e/oe} h`}const Ee=16;function je(e){if(e.length===0)return c`<p class="none">The run ended before its first phase.</p>`;const t=Math.max(...e.map(({endMs:o})=>o),1),s=e.length>Ee?" dense":"";return c`<ol class="timeline${s}">
${(0,x.K9)(e).map(o=>Te(o,t))}</ol>
${Re(t)}`}function Te(e,t){const{name:s,startMs:o,endMs:a,depth:u}=e;return c`<li class="depth${Math.min(u,we)}"><span class="phase">${s}</span>${De(e,t)}<span class="took"><span class="unseen">starts at ${(0,f._V)(o)}, takes </span>${(0,f._V)(a-o)}</span></li>
`}function De({startMs:e,endMs:t,encloses:s},o){const a=re(e,o),u=re(Math.max(0,t-e),o),g=he(o).map(k=>{const _=re(k,o);return c`<line class="grid" x1="${_}" x2="${_}" y1="0" y2="100%"/>`});return c`<svg class="track" width="100%" height="26" aria-hidden="true">${g}<line class="start" x1="${a}" x2="${a}" y1="6" y2="20"/><rect class="bar${s?" outer":""}" x="${a}" y="6" width="${u}" height="14" rx="3"/></svg>`}function Re(e){const t=he(e).map(s=>{const o=s/e,a=o>.9?"end":o<.05?"start":"middle";return c`<text x="${re(s,e)}" y="14" text-anchor="${a}">${Se(s)}</text>`});return c`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${t}</svg></div>`}function re(e,t){return`${Number((e/t*100).toFixed(4))}%`}const Ae=18,Oe=["default-src 'none'",`style-src 'sha256-${(0,y.createHash)("sha256").update(pe).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function _e(e){return`${c`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new w(Oe)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${e.verdict} · ${(0,x.i2)(e)}</title>
<style>${new w(pe)}</style>
</head>
<body>
${Ie(e)}
<main>
${Me(e)}
${W(e)}
${le(e)}
${O(e)}
${P(e)}
${H(e)}
${Le(e)}
${F(e)}
${p(e)}
${ze(e)}
</main>
${Be(e)}
</body>
</html>
`}`}function Ie(e){return c`<header class="top"><span class="brand">argocd-dr</span><span class="what">${(0,x.i2)(e)}</span><time>${(0,f.fU)(e.startedAt)}</time></header>`}function Me(e){const t=(0,x.YV)(e),s=e.verdict.replace("_"," "),o=e.exitCode===0?"":c`<p class="exit">Exit code ${e.exitCode}: ${(0,x.k7)(e)}</p>`;return c`<section class="hero ${t}" aria-labelledby="verdict">
${A(t)}
<div><h1 id="verdict">${s}</h1><p class="message">${e.message}</p>${o}</div>
</section>`}function Le(e){const t=c`<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${je(e.phases)}</section>`;return e.phases.length>Ae?c`${t}
<div class="pair even">
${l(e)}
${B(e)}
</div>`:c`<div class="pair">
${t}
${l(e)}
</div>
${B(e)}`}function ze(e){return c`<div class="pair even">
${D(e)}
${Ce(e)}
</div>`}function Ce({backup:e}){return e?c`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${(0,f.fU)(e.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${(0,f.z3)(e.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${e.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${e.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${e.sha256}</dd></div>
</dl></section>`:""}function Be(e){return c`<footer><p>Started ${(0,f.fU)(e.startedAt)}, finished ${(0,f.fU)(e.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${e.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`}function Pe(e){const t=(0,x.R8)(e).map(u=>Ve(e,u));e.exitCode!==S.dc.pass&&!e.checks.some(Ue)&&t.push(Fe(e));const s=t.reduce((u,g)=>u+g.failures,0),o=t.reduce((u,g)=>u+g.errors,0),a=t.reduce((u,g)=>u+g.tests,0);return`${c`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${e.mode}" tests="${a}" failures="${s}" errors="${o}" time="${ae(ge(e))}">
${t.map(u=>u.xml)}</testsuites>
`}`}const Ne=["fail","error","timed-out"],Ue=({status:e})=>Ne.includes(e),me=100;function Ve(e,{level:t,checks:s}){const o=te=>s.filter(ne=>ne.status===te).length,[a,u]=[o("fail"),o("skipped")],g=o("error")+o("timed-out"),k=ae(s.reduce((te,ne)=>te+ne.durationMs,0)),_=c`  <testsuite name="${t}" tests="${s.length}" failures="${a}" errors="${g}" skipped="${u}" time="${k}" timestamp="${xe(e)}">
${s.map(Ke)}  </testsuite>
`;return{tests:s.length,failures:a,errors:g,xml:_}}function Ke(e){return c`    <testcase classname="argocd-dr.${e.level}" name="${e.id}" time="${ae(e.durationMs)}">
${We(e)}      <system-out>${ie(e)}</system-out>
    </testcase>
`}function We(e){const{status:t,evidence:s}=e;switch(t){case"pass":return"";case"fail":return c`      <failure message="${s}" type="fail">${ie(e)}</failure>\n`;case"error":return c`      <error message="${s}" type="error">${ie(e)}</error>\n`;case"timed-out":return c`      <error message="${s}" type="TIMED_OUT">${ie(e)}</error>\n`;case"skipped":return c`      <skipped message="${s}"/>\n`}}function ie({evidence:e,doesNotProve:t,details:s=[]}){const o=s.length-me;return[e,...t?[`Does not prove: ${t}`]:[],...s.slice(0,me),...o>0?[`and ${o} more lines, in report.json`]:[]].join(`
`)}function Fe(e){const t=e.verdict==="INFRA_ERROR"?1:0,s=ae(ge(e)),o=`exit code ${e.exitCode}: ${(0,x.k7)(e)}`,a=t?c`<error message="${e.message}" type="${o}"/>`:c`<failure message="${e.message}" type="${o}"/>`,u=c`  <testsuite name="run" tests="1" failures="${1-t}" errors="${t}" skipped="0" time="${s}" timestamp="${xe(e)}">
    <testcase classname="argocd-dr.run" name="${e.mode}" time="${s}">
      ${a}
    </testcase>
  </testsuite>
`;return{tests:1,failures:1-t,errors:t,xml:u}}function ge({startedAt:e,finishedAt:t}){return Math.max(0,Date.parse(t)-Date.parse(e))||0}function xe({startedAt:e}){return e.slice(0,19)}function ae(e){return(e/1e3).toFixed(3)}var He=$(88850),Ge=$(57994),Xe=function(e,t,s){if(t!=null){if(typeof t!="object"&&typeof t!="function")throw new TypeError("Object expected.");var o,a;if(s){if(!Symbol.asyncDispose)throw new TypeError("Symbol.asyncDispose is not defined.");o=t[Symbol.asyncDispose]}if(o===void 0){if(!Symbol.dispose)throw new TypeError("Symbol.dispose is not defined.");o=t[Symbol.dispose],s&&(a=o)}if(typeof o!="function")throw new TypeError("Object not disposable.");a&&(o=function(){try{a.call(this)}catch(u){return Promise.reject(u)}}),e.stack.push({value:t,dispose:o,async:s})}else s&&e.stack.push({async:!0});return t},Ye=(function(e){return function(t){function s(g){t.error=t.hasError?new e(g,t.error,"An error was suppressed during disposal."):g,t.hasError=!0}var o,a=0;function u(){for(;o=t.stack.pop();)try{if(!o.async&&a===1)return a=0,t.stack.push(o),Promise.resolve().then(u);if(o.dispose){var g=o.dispose.call(o.value);if(o.async)return a|=2,Promise.resolve(g).then(u,function(k){return s(k),u()})}else a|=1}catch(k){s(k)}if(a===1)return t.hasError?Promise.reject(t.error):Promise.resolve();if(t.hasError)throw t.error}return u()}})(typeof SuppressedError=="function"?SuppressedError:function(e,t,s){var o=new Error(s);return o.name="SuppressedError",o.error=e,o.suppressed=t,o});async function Je(e,t,s={}){const o=Ze(e);Qe(t);const a={json:(0,m.join)(t,"report.json"),html:(0,m.join)(t,"report.html"),junit:(0,m.join)(t,"junit.xml")};return await de(a.json,`${JSON.stringify(o,null,2)}
`),await de(a.html,_e(o)),await de(a.junit,Pe(o)),s.stepSummary&&await et(s.stepSummary,o),a}function Qe(e){try{(0,I.w)(e)}catch(t){throw(0,S.aY)(`report-dir ${e} cannot be created; name a folder that this user may write to`,t)}}function Ze(e){const{success:t,data:s,error:o}=He.Qh.safeParse(e);if(t)return s;const a=N.S1(o);throw new S.T2(S.dc.unexpected,`the report breaks its own schema; this is an error in argocd-dr, please report it:
${a}`)}async function de(e,t){const s=`${e}.${(0,y.randomUUID)()}.tmp`;try{await qe(s,t),await(0,b.rename)(s,e)}catch(o){throw await(0,b.rm)(s,{force:!0}),(0,S.d0)(`${e} cannot be written; check free space and permissions of report-dir`,o)}}async function qe(e,t){const s={stack:[],error:void 0,hasError:!1};try{const o=Xe(s,await(0,b.open)(e,"wx",420),!0);await o.chmod(420),await o.writeFile(t),await o.sync()}catch(o){s.error=o,s.hasError=!0}finally{const o=Ye(s);o&&await o}}async function et(e,t){await(0,b.appendFile)(e,(0,Ge.B)(t)).catch(s=>{throw(0,S.d0)(`the job summary cannot be appended to ${e}, which GITHUB_STEP_SUMMARY names`,s)})}})};export{gt as id,xt as ids,$t as modules};
