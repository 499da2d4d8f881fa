const it=890,at=[890],ct={8146:((L,S,h)=>{h.d(S,{w:()=>b});var f=h(3024),w=h.n(f),y=h(6760),j=h.n(y);function b(E,a=511){const g=(0,y.resolve)(E);if(!(0,f.statSync)(g,{throwIfNoEntry:!1})?.isDirectory()){(0,y.dirname)(g)!==g&&b((0,y.dirname)(g),a);try{(0,f.mkdirSync)(g,{mode:a})}catch(o){if(!(0,f.statSync)(g,{throwIfNoEntry:!1})?.isDirectory())throw o}}}}),2011:((L,S,h)=>{h.d(S,{B4:()=>b,LS:()=>g,TN:()=>R,Xo:()=>j,_V:()=>y,fU:()=>a,g$:()=>o,z3:()=>E});const f=1e3,w=1440;function y(l){if(l<999.5)return`${Math.round(l)} ms`;if(l<9995)return`${(l/f).toFixed(2)} s`;if(l<59950)return`${(l/f).toFixed(1)} s`;const $=Math.round(l/f);if($<3600)return`${Math.floor($/60)} min ${A($%60)} s`;const c=Math.round($/60);if(c<w)return`${Math.floor(c/60)} h ${A(c%60)} min`;const T=Math.round(c/60);return`${Math.floor(T/24)} d ${T%24} h`}function j(l){return l===null?"\u2013":y(l*f)}function b(l){return l.toLocaleString("en-US")}function E(l){return l<1024?`${l} B`:l<1024**2?`${(l/1024).toFixed(1)} KiB`:`${(l/1024**2).toFixed(2)} MiB`}function a(l){const $=new Date(l);return Number.isNaN($.getTime())?l:`${$.toISOString().slice(0,19).replace("T"," ")} UTC`}function g(l,$){return`${b(l)} ${$}${l===1?"":"s"}`}function o(l){return l.toWellFormed().replace(M,"\uFFFD")}const M=/(?![\t\n])[\p{Cc}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FFFE}\u{FFFF}]/gu;function R(l){return o(l.replace(/\s+/g," ").trim())}function A(l){return String(l).padStart(2,"0")}}),4153:((L,S,h)=>{h.d(S,{As:()=>o,Hd:()=>U,N4:()=>c,R8:()=>l,Sd:()=>M,YV:()=>y,e4:()=>_,i2:()=>b,k7:()=>a,uR:()=>F,vE:()=>g});var f=h(3916),w=h(8850);function y(d){return d.verdict==="FAIL"?"fail":d.verdict==="INFRA_ERROR"?"error":d.verdict==="PASS"&&d.exitCode===f.dc.pass?"pass":"partial"}const j={install:"Argo CD installation",backup:"Argo CD backup","restore-verify":"Argo CD restore verification",drill:"Argo CD disaster recovery drill"};function b(d){return j[d.mode]}const E={[f.dc.pass]:"success",[f.dc.unexpected]:"unexpected error",[f.dc.invalidInput]:"invalid input",[f.dc.fail]:"the backup does not restore",[f.dc.infra]:"nothing can be said about the backup",[f.dc.cannotOpen]:"the backup cannot be opened",[f.dc.objectiveMissed]:"RPO or RTO target missed",[f.dc.partial]:"not every check could be made",[f.dc.cancelled]:"cancelled"};function a({exitCode:d,mode:p}){return p==="backup"&&d===f.dc.fail?"the source could not be backed up completely":E[d]??"unknown exit code"}function g(d){const p=d.backup?.counts??{},m=d.drill?.counts;return[...new Set([...Object.keys(p),...Object.keys(m??{})])].sort(A).map(v=>({kind:v,expected:p[v]??0,restored:m?m[v]??0:null}))}function o({expected:d,restored:p}){return p===null?null:d===p}function M(d){const p=u=>u.reduce((v,D)=>v+D,0),m=d.every(u=>u.restored===null)?null:p(d.map(u=>u.restored??0));return{kind:"All objects",expected:p(d.map(u=>u.expected)),restored:m}}const R=["Application","ApplicationSet","AppProject"];function A(d,p){const m=u=>R.indexOf(u)+1||R.length+1;return m(d)-m(p)||(d<p?-1:1)}function l(d){return w.A_.map(p=>({level:p,checks:d.checks.filter(m=>m.level===p)})).filter(({checks:p})=>p.length>0)}const $=["pass","fail","error","skipped"];function c(d){return $.map(u=>({status:u,count:d.filter(v=>v.status===u).length})).filter(({count:u})=>u>0).map(({status:u,count:v})=>`${v} ${u}`).join(", ")||"none made"}const T=["missing","different","unexpected"];function F(d){const p=new Map;for(const m of d){const{problem:u,kind:v}=m,D=JSON.stringify([u,v]),I=p.get(D)??{problem:u,kind:v,differences:[]};I.differences.push(m),p.set(D,I)}return[...p.values()].sort((m,u)=>T.indexOf(m.problem)-T.indexOf(u.problem)||u.differences.length-m.differences.length)}function U({namespace:d,name:p}){return d?`${d}/${p}`:p}function _(d,p){const m=[d,p].filter(u=>u!==void 0);return[...new Set(m)].join(" \u2192 ")||"\u2013"}}),1890:((L,S,h)=>{h.d(S,{writeReport:()=>He});var f=h(7598),w=h(1455),y=h(6760),j=h(7428),b=h(3916),E=h(8146),a=h(2011);class g{text;constructor(t){this.text=t}toString(){return this.text}}function o(e,...t){return new g(e.reduce((n,r,s)=>n+R(t[s-1]??"")+r))}function M(e){return(0,a.g$)(e).replace(/[&<>"']/g,t=>`&#${t.codePointAt(0)};`)}function R(e){return Array.isArray(e)?e.map(R).join(""):e instanceof g?e.text:M(String(e))}const A={pass:"M6.5 12.5l3.8 3.8 7.2-8.1",fail:"M7.5 7.5l9 9m0-9l-9 9",partial:"M12 6.2v7.3m0 3.6v.6",error:"M12 6.2v7.3m0 3.6v.6",skipped:"M7 12h10"},l={pass:'<circle cx="12" cy="12" r="11"/>',fail:'<circle cx="12" cy="12" r="11"/>',partial:'<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',error:'<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',skipped:'<circle cx="12" cy="12" r="11"/>'};function $(e){const t=new g(l[e]);return o`<svg class="icon ${e}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${t}</g><path class="sign" d="${A[e]}"/></svg>`}var c=h(4153);const T=20,F=200;function U(e){const t=(0,c.vE)(e);if(t.length===0)return"";const n=t.some(s=>s.restored!==null),r=n?o`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`:o`<th scope="col" class="number">In the backup</th>`;return o`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${r}</tr></thead>
<tbody>
${t.map(s=>_(s,n))}</tbody>
<tfoot>${_((0,c.Sd)(t),n)}</tfoot></table></section>`}function _(e,t){const n=o`<th scope="row">${e.kind}</th><td class="number">${(0,a.B4)(e.expected)}</td>`;if(!t)return o`<tr>${n}</tr>\n`;const r=(0,c.As)(e)?"pass":"fail",s=(0,c.As)(e)?"equal":"differs";return o`<tr>${n}<td class="number">${(0,a.B4)(e.restored??0)}</td><td class="mark">${$(r)}<span class="unseen">${s}</span></td></tr>
`}function d(e){const t=(0,c.R8)(e),n=t.length===0?o`<p class="none">No check was made: nothing is proven about the backup.</p>`:t.map(p);return t.length===0&&(e.mode==="install"||e.mode==="backup")?o``:o`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${(0,c.N4)(e.checks)}</span></h2>
${n}</section>`}function p({level:e,checks:t}){return o`<h3>Level ${e} <span class="aside">${(0,c.N4)(t)}</span></h3>
<ul class="checks">
${t.map(m)}</ul>
`}function m({id:e,status:t,evidence:n,doesNotProve:r,durationMs:s}){const i=r?o`<p class="limits"><span class="label">Does not prove:</span> ${r}</p>`:"";return o`<li class="check"><div class="head"><span class="pill ${t}">${$(t)}${t}</span><span class="took">${(0,a._V)(s)}</span></div>
<div class="shown"><h4 class="code">${e}</h4><p class="evidence">${n}</p></div>${i}</li>
`}function u(e){const{differences:t}=e;if(t.length===0)return"";let n=F;const r=(0,c.uR)(t).map(s=>{const i=s.differences.slice(0,Math.min(T,n));return n-=i.length,v(s,i)});return o`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${(0,a.B4)(t.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${r}</table></section>`}function v({problem:e,kind:t,differences:n},r){const s=n.length-r.length,i=r.map(k=>o`<tr><td class="code">${(0,c.Hd)(k)}</td><td class="code">${k.path||"the whole object"}</td></tr>\n`),x=s>0?o`<tr><td colspan="2" class="more">${(0,a.B4)(s)} more are listed in report.json.</td></tr>\n`:"";return o`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${t} ${e} <span class="aside">${(0,a.B4)(n.length)}</span></th></tr>
${i}${x}</tbody>
`}function D({warnings:e}){if(e.length===0)return"";const t=e.map(n=>o`<li>${n}</li>\n`);return o`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${t}</ul></section>`}const I=12;function re({tools:e}){if(e.length===0)return"";const t=e.map(({name:n,version:r,source:s,sha256:i})=>o`<tr><th scope="row">${n}</th><td>${r}</td><td>${s}</td><td class="code digest">${i.slice(0,I)||"\u2013"}</td></tr>\n`);return o`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${t}</tbody></table></section>`}function se(e){const t=[...ie(e),...ae(e),...ce(e)];return t.length===0?o``:o`<section aria-label="Key figures"><dl class="tiles">
${t.map(oe)}</dl></section>`}function oe({label:e,value:t,note:n}){return o`<div class="tile"><dt>${e}</dt><dd class="value">${t}</dd><dd class="note">${n}</dd></div>
`}function ie({mode:e,rpoSeconds:t,rtoSeconds:n}){return e==="install"||e==="backup"?[]:[{label:"RPO achieved",value:(0,a.Xo)(t),note:t===null?"not measured":"age of the backup at the start"},{label:"RTO achieved",value:(0,a.Xo)(n),note:n===null?"not measured":"first step to last check"}]}function ae(e){const t=(0,c.vE)(e),n=(0,c.Sd)(t),r=[];if(e.level&&r.push({label:"Level",value:e.level,note:`checks: ${(0,c.N4)(e.checks)}`}),t.length===0)return r;const[s,i]=n.restored===null?[(0,a.B4)(n.expected),"in the backup"]:[`${(0,a.B4)(n.restored)} / ${(0,a.B4)(n.expected)}`,"restored / expected"];return[...r,{label:"Objects",value:s,note:i}]}function ce({backup:e,drill:t}){const n=[];if(e||t){const r=e&&t?"backup and drill":e?"of the source":"installed",s=(0,c.e4)(e?.argocdVersion,t?.argocdVersion),i=(0,c.e4)(e?.kubernetesVersion,t?.kubernetesVersion);n.push({label:"Argo CD",value:s,note:r},{label:"Kubernetes",value:i,note:r})}return e&&n.push({label:"Backup",value:(0,a.z3)(e.bytes),note:(0,a.fU)(e.createdAt)}),t&&n.push({label:"Cluster",value:t.clusterProvider,note:"provider of the drill"}),n}const Y=[`:root{color-scheme:light dark;
--page:#f3f5f7;--card:#fff;--ink:#17212b;--soft:#51606d;--line:#dde4ea;--grid:#e7ecf0;--bar:#1c7c8c;--start:#125863;
--pass:#0a6a4a;--pass-soft:#e3f4ec;--fail:#b3231b;--fail-soft:#fdebe9;--partial:#855000;--partial-soft:#fcf2de;
--error:#5a3fa6;--error-soft:#efebfb;--skipped:#51606d;--skipped-soft:#ebeff2;}`,`@media screen and (prefers-color-scheme:dark){:root{
--page:#0d1318;--card:#151d25;--ink:#e4ebf1;--soft:#9db0bf;--line:#27333e;--grid:#22303b;--bar:#41a9ba;--start:#8ad9e6;
--pass:#56d4a6;--pass-soft:#112a22;--fail:#ff9b92;--fail-soft:#351817;--partial:#f0bc60;--partial-soft:#302610;
--error:#c2adff;--error-soft:#241d3b;--skipped:#9db0bf;--skipped-soft:#202b35;}}`,`
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
.skipped{--tone:var(--skipped);--tone-soft:var(--skipped-soft)}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile dt{color:var(--soft);font-size:13px}
.tile .value{font-size:23px;line-height:1.3;font-weight:650;letter-spacing:-.015em}
.tile .note{color:var(--soft);font-size:13px}
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
.timeline li,.axis{display:grid;grid-template-columns:minmax(0,190px) minmax(0,1fr) 82px;gap:14px;align-items:center}
.timeline .phase{font-size:14px;line-height:1.3}
.timeline .took{text-align:right}
.track{display:block;height:28px;overflow:visible}
.grid{stroke:var(--grid);stroke-width:1}
.bar{fill:var(--bar)}
.start{stroke:var(--start);stroke-width:2}
.axis svg{grid-column:2;display:block;height:20px;overflow:visible}
.axis text{fill:var(--soft);font-size:12px}
`,`
@media (max-width:860px){.check{grid-template-columns:104px minmax(0,1fr)}.check .limits{grid-column:2}.limits .label{display:inline}.pair,.pair.even{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}}
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
.axis{grid-template-columns:minmax(0,1fr)}.axis svg{grid-column:1}
}`,`
@page{margin:14mm}
@media print{
:root{color-scheme:light}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{background:#fff;font-size:12px}
body>*{max-width:none;padding:0}
main{display:block}main>*{margin-bottom:12px}
.top{padding-bottom:12px}footer{padding:8px 0 0}
.hero{padding:18px 22px;gap:18px}.hero .icon{width:54px;height:54px}.hero h1{font-size:34px}.hero .message{font-size:14px;margin-top:4px}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr));gap:8px}.tile{padding:9px 11px}.tile .value{font-size:17px}
.card{padding:13px 15px}.card h2{font-size:14px;margin-bottom:9px}.card h3{font-size:12px;margin-top:14px}
.pair{grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:12px}.number,.pair .mark{padding-right:6px}.pair.even{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
table,.facts>div,.timeline .phase,.check h4,.check .limits{font-size:12px}
.aside,.tile dt,.tile .note,.took,.pill,thead th,.limits .label,.top,footer{font-size:11px}
th,td{padding-top:4px;padding-bottom:4px}
.timeline li,.axis{grid-template-columns:minmax(0,126px) minmax(0,1fr) 48px;gap:8px}.track{height:22px}
.check{grid-template-columns:84px minmax(0,1.5fr) minmax(0,1fr);gap:3px 16px;padding:8px 0}.check .limits{grid-column:auto}.limits .label{display:block}
.facts>div{grid-template-columns:80px minmax(0,1fr)}
.tile,.check,.timeline li,tr,.hero,.axis,.pair .card,.warnings{break-inside:avoid}
h2,h3,thead,.group{break-after:avoid}
}`].join(`
`),C=6e4,P=60*C,X=24*P,J=6,le=[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,15e3,3e4,...[1,2,5,10,15,30].map(e=>e*C),...[1,2,6,12].map(e=>e*P)];function Q(e){const t=le.find(n=>e/n<=J)??Math.ceil(e/J/X)*X;return Array.from({length:Math.floor(e/t)+1},(n,r)=>r*t)}function de(e){return e===0?"0":e<1e3?`${e} ms`:e<C?`${e/1e3} s`:e<P?`${e/C} min`:`${e/P} h`}function pe(e){if(e.length===0)return o`<p class="none">The run ended before its first phase.</p>`;const t=Math.max(...e.map(({endMs:n})=>n),1);return o`<ol class="timeline">
${e.map(n=>ue(n,t))}</ol>
${he(t)}`}function ue(e,t){const{name:n,startMs:r,endMs:s}=e;return o`<li><span class="phase">${n}</span>${fe(e,t)}<span class="took"><span class="unseen">starts at ${(0,a._V)(r)}, takes </span>${(0,a._V)(s-r)}</span></li>
`}function fe({startMs:e,endMs:t},n){const r=z(e,n),s=z(Math.max(0,t-e),n),i=Q(n).map(x=>{const k=z(x,n);return o`<line class="grid" x1="${k}" x2="${k}" y1="0" y2="100%"/>`});return o`<svg class="track" width="100%" height="26" aria-hidden="true">${i}<line class="start" x1="${r}" x2="${r}" y1="6" y2="20"/><rect class="bar" x="${r}" y="6" width="${s}" height="14" rx="3"/></svg>`}function he(e){const t=Q(e).map(n=>{const r=n/e,s=r>.9?"end":r<.05?"start":"middle";return o`<text x="${z(n,e)}" y="14" text-anchor="${s}">${de(n)}</text>`});return o`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${t}</svg></div>`}function z(e,t){return`${Number((e/t*100).toFixed(4))}%`}const me=["default-src 'none'",`style-src 'sha256-${(0,f.createHash)("sha256").update(Y).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function ge(e){return`${o`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new g(me)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${e.verdict} · ${(0,c.i2)(e)}</title>
<style>${new g(Y)}</style>
</head>
<body>
${xe(e)}
<main>
${$e(e)}
${se(e)}
${u(e)}
${D(e)}
${be(e)}
${d(e)}
${ve(e)}
</main>
${ke(e)}
</body>
</html>
`}`}function xe(e){return o`<header class="top"><span class="brand">argocd-dr</span><span class="what">${(0,c.i2)(e)}</span><time>${(0,a.fU)(e.startedAt)}</time></header>`}function $e(e){const t=(0,c.YV)(e),n=e.verdict.replace("_"," "),r=e.exitCode===0?"":o`<p class="exit">Exit code ${e.exitCode}: ${(0,c.k7)(e)}</p>`;return o`<section class="hero ${t}" aria-labelledby="verdict">
${$(t)}
<div><h1 id="verdict">${n}</h1><p class="message">${e.message}</p>${r}</div>
</section>`}function be(e){return o`<div class="pair">
<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${pe(e.phases)}</section>
${U(e)}
</div>`}function ve(e){return o`<div class="pair even">
${re(e)}
${ye(e)}
</div>`}function ye({backup:e}){return e?o`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${(0,a.fU)(e.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${(0,a.z3)(e.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${e.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${e.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${e.sha256}</dd></div>
</dl></section>`:""}function ke(e){return o`<footer><p>Started ${(0,a.fU)(e.startedAt)}, finished ${(0,a.fU)(e.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${e.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`}function we(e){const t=(0,c.R8)(e).map(i=>Ee(e,i));e.exitCode!==b.dc.pass&&!e.checks.some(Se)&&t.push(je(e));const n=t.reduce((i,x)=>i+x.failures,0),r=t.reduce((i,x)=>i+x.errors,0),s=t.reduce((i,x)=>i+x.tests,0);return`${o`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${e.mode}" tests="${s}" failures="${n}" errors="${r}" time="${B(Z(e))}">
${t.map(i=>i.xml)}</testsuites>
`}`}const Se=({status:e})=>e==="fail"||e==="error";function Ee(e,{level:t,checks:n}){const r=W=>n.filter(G=>G.status===W).length,[s,i,x]=[r("fail"),r("error"),r("skipped")],k=B(n.reduce((W,G)=>W+G.durationMs,0)),Je=o`  <testsuite name="${t}" tests="${n.length}" failures="${s}" errors="${i}" skipped="${x}" time="${k}" timestamp="${q(e)}">
${n.map(Re)}  </testsuite>
`;return{tests:n.length,failures:s,errors:i,xml:Je}}function Re(e){return o`    <testcase classname="argocd-dr.${e.level}" name="${e.id}" time="${B(e.durationMs)}">
${Te(e)}      <system-out>${V(e)}</system-out>
    </testcase>
`}function Te(e){const{status:t,evidence:n}=e;switch(t){case"pass":return"";case"fail":return o`      <failure message="${n}" type="fail">${V(e)}</failure>\n`;case"error":return o`      <error message="${n}" type="error">${V(e)}</error>\n`;case"skipped":return o`      <skipped message="${n}"/>\n`}}function V({evidence:e,doesNotProve:t}){return t?`${e}
Does not prove: ${t}`:e}function je(e){const t=e.verdict==="INFRA_ERROR"?1:0,n=B(Z(e)),r=`exit code ${e.exitCode}: ${(0,c.k7)(e)}`,s=t?o`<error message="${e.message}" type="${r}"/>`:o`<failure message="${e.message}" type="${r}"/>`,i=o`  <testsuite name="run" tests="1" failures="${1-t}" errors="${t}" skipped="0" time="${n}" timestamp="${q(e)}">
    <testcase classname="argocd-dr.run" name="${e.mode}" time="${n}">
      ${s}
    </testcase>
  </testsuite>
`;return{tests:1,failures:1-t,errors:t,xml:i}}function Z({startedAt:e,finishedAt:t}){return Math.max(0,Date.parse(t)-Date.parse(e))||0}function q({startedAt:e}){return e.slice(0,19)}function B(e){return(e/1e3).toFixed(3)}var Ae=h(8850);const De=1e3*1024,ee=2e3,te=50,ne={pass:"\u2705",fail:"\u274C",partial:"\u{1F7E1}",error:"\u26A0\uFE0F",skipped:"\u23ED\uFE0F"};function Oe(e){const t=[_e(e),Ie(e),Be(e),Le(e),Ce(e),Pe(e),Fe(e),Ue(e)];return Me(t.filter(Boolean),De)}function Me(e,t){const n=`_Left out to keep this summary small; see report.json and report.html._
`,r=[];let s=t-Buffer.byteLength(n);for(const i of e){if(s-=Buffer.byteLength(i)+1,s<0)return[...r,n].join(`
`);r.push(i)}return r.join(`
`)}function _e(e){const t=e.exitCode===0?"":` \xB7 exit code ${e.exitCode}: ${(0,c.k7)(e)}`;return`## ${ne[(0,c.YV)(e)]} ${e.verdict} \xB7 ${(0,c.i2)(e)}${t}

${K(e.message)}
`}function Ie(e){const{backup:t,drill:n}=e,r=(0,c.Sd)((0,c.vE)(e)),s=[e.rpoSeconds!==null&&["RPO achieved",(0,a.Xo)(e.rpoSeconds)],e.rtoSeconds!==null&&["RTO achieved",(0,a.Xo)(e.rtoSeconds)],e.level&&["Level",e.level],e.checks.length>0&&["Checks",(0,c.N4)(e.checks)],r.restored!==null&&["Objects",`${(0,a.B4)(r.restored)} restored of ${(0,a.B4)(r.expected)}`],t&&["Backup",`${(0,a.fU)(t.createdAt)}, ${(0,a.z3)(t.bytes)}`],(t||n)&&["Argo CD",(0,c.e4)(t?.argocdVersion,n?.argocdVersion)],(t||n)&&["Kubernetes",(0,c.e4)(t?.kubernetesVersion,n?.kubernetesVersion)],n&&["Drill cluster",n.clusterProvider]].filter(i=>Array.isArray(i));return s.length===0?"":O(["Figure","Value"],s)}function Ce(e){const t=(0,c.vE)(e).map(n=>[n.kind,(0,a.B4)(n.expected),n.restored===null?"\u2013":(0,a.B4)(n.restored),{true:"\u2705 complete",false:"\u274C differs",null:"not counted"}[`${(0,c.As)(n)}`]]);return t.length===0?"":N("Objects per kind",O(["Kind","Expected","Restored","State"],t))}function Pe(e){const t=(0,c.R8)(e).flatMap(r=>r.checks.map(ze));if(t.length===0)return"";const n=["Status","Check","Evidence","Does not prove","Took"];return N(`Checks: ${(0,c.N4)(e.checks)}`,O(n,t))}function ze(e){const{status:t,id:n,evidence:r,doesNotProve:s,durationMs:i}=e;return[`${ne[t]} ${t}`,n,r,s,(0,a._V)(i)]}function Be(e){const t=(0,c.uR)(e.differences).flatMap(i=>i.differences);if(t.length===0)return"";const n=t.length-te,r=n>0?`
${(0,a.B4)(n)} more are in report.json.
`:"",s=t.slice(0,te).map(Ne);return`### ${(0,a.LS)(t.length,"difference")}

${O(["Problem","Kind","Object","Path"],s)}${r}`}function Ne(e){return[e.problem,e.kind,(0,c.Hd)(e),e.path]}function Le(e){return e.warnings.length===0?"":`### Warnings

${e.warnings.map(t=>`- ${K(t)}
`).join("")}`}function Fe(e){const t=e.phases.map(({name:n,startMs:r,endMs:s})=>[n,(0,a._V)(r),(0,a._V)(s-r)]);return t.length===0?"":N("Phases",O(["Phase","Began after","Took"],t))}function Ue(e){const t=e.tools.map(({name:n,version:r,source:s})=>[n,r,s]);return t.length===0?"":N("Tools",O(["Tool","Version","Source"],t))}function N(e,t){return`<details>
<summary>${e}</summary>

${t}
</details>
`}function O(e,t){const n=r=>`| ${r.join(" | ")} |
`;return n(e)+n(e.map(()=>"---"))+t.map(r=>n(r.map(K))).join("")}function K(e){const t=(0,a.TN)(e);return(t.length>ee?`${t.slice(0,ee).toWellFormed()}\u2026`:t).replace(/[\\`*_[\]{}~#|!]/g,"\\$&").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;")}var Ve=function(e,t,n){if(t!=null){if(typeof t!="object"&&typeof t!="function")throw new TypeError("Object expected.");var r,s;if(n){if(!Symbol.asyncDispose)throw new TypeError("Symbol.asyncDispose is not defined.");r=t[Symbol.asyncDispose]}if(r===void 0){if(!Symbol.dispose)throw new TypeError("Symbol.dispose is not defined.");r=t[Symbol.dispose],n&&(s=r)}if(typeof r!="function")throw new TypeError("Object not disposable.");s&&(r=function(){try{s.call(this)}catch(i){return Promise.reject(i)}}),e.stack.push({value:t,dispose:r,async:n})}else n&&e.stack.push({async:!0});return t},Ke=(function(e){return function(t){function n(x){t.error=t.hasError?new e(x,t.error,"An error was suppressed during disposal."):x,t.hasError=!0}var r,s=0;function i(){for(;r=t.stack.pop();)try{if(!r.async&&s===1)return s=0,t.stack.push(r),Promise.resolve().then(i);if(r.dispose){var x=r.dispose.call(r.value);if(r.async)return s|=2,Promise.resolve(x).then(i,function(k){return n(k),i()})}else s|=1}catch(k){n(k)}if(s===1)return t.hasError?Promise.reject(t.error):Promise.resolve();if(t.hasError)throw t.error}return i()}})(typeof SuppressedError=="function"?SuppressedError:function(e,t,n){var r=new Error(n);return r.name="SuppressedError",r.error=e,r.suppressed=t,r});async function He(e,t,n={}){const r=Ge(e);We(t);const s={json:(0,y.join)(t,"report.json"),html:(0,y.join)(t,"report.html"),junit:(0,y.join)(t,"junit.xml")};return await H(s.json,`${JSON.stringify(r,null,2)}
`),await H(s.html,ge(r)),await H(s.junit,we(r)),n.stepSummary&&await Xe(n.stepSummary,r),s}function We(e){try{(0,E.w)(e)}catch(t){throw(0,b.aY)(`report-dir ${e} cannot be created; name a folder that this user may write to`,t)}}function Ge(e){const{success:t,data:n,error:r}=Ae.Qh.safeParse(e);if(t)return n;const s=j.S1(r);throw new b.T2(b.dc.unexpected,`the report breaks its own schema; this is an error in argocd-dr, please report it:
${s}`)}async function H(e,t){const n=`${e}.${(0,f.randomUUID)()}.tmp`;try{await Ye(n,t),await(0,w.rename)(n,e)}catch(r){throw await(0,w.rm)(n,{force:!0}),(0,b.d0)(`${e} cannot be written; check free space and permissions of report-dir`,r)}}async function Ye(e,t){const n={stack:[],error:void 0,hasError:!1};try{const r=Ve(n,await(0,w.open)(e,"wx",420),!0);await r.chmod(420),await r.writeFile(t),await r.sync()}catch(r){n.error=r,n.hasError=!0}finally{const r=Ke(n);r&&await r}}async function Xe(e,t){await(0,w.appendFile)(e,Oe(t)).catch(n=>{throw(0,b.d0)(`the job summary cannot be appended to ${e}, which GITHUB_STEP_SUMMARY names`,n)})}})};export{it as id,at as ids,ct as modules};
