const gt=378,xt=[378],$t={28146:((I,b,c)=>{c.d(b,{w:()=>h});var u=c(73024),x=c.n(u),f=c(76760),v=c.n(f);function h(T,o=511){const g=(0,f.resolve)(T);if(!(0,u.statSync)(g,{throwIfNoEntry:!1})?.isDirectory()){(0,f.dirname)(g)!==g&&h((0,f.dirname)(g),o);try{(0,u.mkdirSync)(g,{mode:o})}catch($){if(!(0,u.statSync)(g,{throwIfNoEntry:!1})?.isDirectory())throw $}}}}),25625:((I,b,c)=>{c.d(b,{z:()=>x});const u={info(){},warn(){},progress(){}};function x(f,v=5){const h=f.length-v;return f.slice(0,v).join(", ")+(h>0?` and ${h} more`:"")}}),67378:((I,b,c)=>{c.d(b,{writeReport:()=>Je});var u=c(77598),x=c(51455),f=c(76760),v=c(37428),h=c(83916),T=c(28146),o=c(12011),g=c(25625);class ${text;constructor(t){this.text=t}toString(){return this.text}}function a(e,...t){return new $(e.reduce((n,s,r)=>n+M(t[r-1]??"")+s))}function Y(e){return(0,o.g$)(e).replace(/[&<>"']/g,t=>`&#${t.codePointAt(0)};`)}function M(e){return Array.isArray(e)?e.map(M).join(""):e instanceof $?e.text:Y(String(e))}const X={pass:"M6.5 12.5l3.8 3.8 7.2-8.1",fail:"M7.5 7.5l9 9m0-9l-9 9",partial:"M12 6.2v7.3m0 3.6v.6",error:"M12 6.2v7.3m0 3.6v.6",skipped:"M7 12h10","timed-out":"M12 6.6V12l3.7 2.5"},J={pass:'<circle cx="12" cy="12" r="11"/>',fail:'<circle cx="12" cy="12" r="11"/>',partial:'<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',error:'<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',skipped:'<circle cx="12" cy="12" r="11"/>',"timed-out":'<path d="M6.3 1.6h11.4L23.4 12l-5.7 10.4H6.3L.6 12z"/>'};function y(e){const t=new $(J[e]);return a`<svg class="icon ${e}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${t}</g><path class="sign" d="${X[e]}"/></svg>`}var l=c(64153);const L=50,Q=3;function Z(e){const t=(0,l.T1)(e);return t.length===0?"":a`<section aria-label="Levels"><ol class="ladder">
${t.map(q)}</ol></section>`}function q({level:e,state:t,note:n}){const s=t==="unasked"?"":y(t);return a`<li class="rung ${t}">${s}<span class="level">${e}</span><span class="note">${n}</span></li>
`}function ee({workloads:e=[],drill:t}){if(e.length===0)return"";const n=te(e),s=Math.max(...e.map(({seconds:d})=>d??0),.001),r=e.reduce((d,{ready:p})=>d+p,0),i=n.map(d=>a`<th scope="col" class="node"><span>${(0,l.bb)(d,t?.clusterName)}</span></th>`);return a`<section class="card" aria-labelledby="running"><h2 id="running">Argo CD in the drill <span class="aside">${(0,o.LS)(r,"pod")} ready${n.length>0?` on ${(0,o.LS)(n.length,"node")}`:""}</span></h2>
<table class="workloads"><thead><tr><th scope="col">Workload</th><th scope="col" class="number">Ready</th><th scope="col" class="after">After</th>${i}</tr></thead>
<tbody>
${e.map(d=>ne(d,n,s))}</tbody></table></section>`}function te(e){const t=s=>s.includes("control-plane")?0:1,n=new Intl.Collator("en",{numeric:!0});return[...new Set(e.flatMap(({nodes:s})=>s))].sort((s,r)=>t(s)-t(r)||n.compare(s,r))}function ne({kind:e,name:t,ready:n,wanted:s,seconds:r,nodes:i},d,p){const m=n>=s?"pass":"fail",w=m==="pass"?"all ready":"not ready",k=`${Number(((r??0)/p*100).toFixed(2))}%`,tt=a`<svg class="lapse" width="100%" height="6" aria-hidden="true"><rect class="bar" width="${k}" height="6" rx="3"/></svg>`,nt=d.map(st=>se(i.filter(rt=>rt===st).length));return a`<tr><th scope="row">${t}<span class="kind">${e}</span></th><td class="number ready ${m}">${y(m)}<span class="unseen">${w}: </span>${n}/${s}</td><td class="after">${(0,o.Xo)(r)}${tt}</td>${nt}</tr>
`}const j=12;function se(e){if(e===0)return a`<td class="node"><span class="unseen">no pod</span></td>`;if(e>4)return a`<td class="node">${(0,o.B4)(e)}</td>`;const t=Array.from({length:e},(n,s)=>a`<circle cx="${s*j+j/2}" cy="6" r="4.5"/>`);return a`<td class="node"><svg class="pods" width="${e*j}" height="12" aria-hidden="true">${t}</svg><span class="unseen">${(0,o.LS)(e,"pod")}</span></td>`}function O({metrics:e=[]}){if(e.length===0)return"";const t=e.map(n=>a`<div><dt>${n.name}<span class="note">${n.note}</span></dt><dd>${(0,l.a3)(n)}</dd></div>\n`);return a`<section class="card" aria-labelledby="metrics"><h2 id="metrics">Key metrics <span class="aside">as measured in the drill</span></h2>
<dl class="metrics">
${t}</dl></section>`}function re({changes:e=[],backup:t,drill:n}){const s=(0,l.hu)(e);if(s.length===0)return"";const r=s.filter(m=>m.class==="loss").length,i=r>0?(0,o.LS)(r,"loss","losses"):"migrations only, nothing is lost",d=s.length-L,p=d>0?a`<tr><td colspan="4" class="more">${(0,o.B4)(d)} more are listed in report.json.</td></tr>`:"";return a`<section class="card" aria-labelledby="changes"><h2 id="changes">Upgrade rehearsal: Argo CD ${(0,l.e4)(t?.argocdVersion,n?.argocdVersion)} <span class="aside">${i}</span></h2>
<table class="changes"><thead><tr><th scope="col">Class</th><th scope="col">Field</th><th scope="col">What</th><th scope="col">Objects</th></tr></thead>
<tbody>
${s.slice(0,L).map(ae)}${p}</tbody></table></section>`}function ae({class:e,kind:t,path:n,what:s,objects:r}){return a`<tr><td><span class="pill bare ${e==="loss"?"fail":"skipped"}">${e}</span></td><td>${t}<span class="code path">${n||"the whole object"}</span></td><td>${s}</td><td><b>${(0,o.B4)(r.length)}</b> <span class="code">${(0,g.z)(r,Q)}</span></td></tr>
`}const ie=20,C=200,oe=200;function N(e){const t=(0,l.vE)(e);if(t.length===0)return"";const n=t.some(r=>r.restored!==null),s=n?a`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`:a`<th scope="col" class="number">In the backup</th>`;return a`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${s}</tr></thead>
<tbody>
${t.map(r=>P(r,n))}</tbody>
<tfoot>${P((0,l.Sd)(t),n)}</tfoot></table></section>`}function P(e,t){const n=a`<th scope="row">${e.kind}</th><td class="number">${(0,o.B4)(e.expected)}</td>`;if(!t)return a`<tr>${n}</tr>\n`;const s=(0,l.As)(e)?"pass":"fail",r=(0,l.As)(e)?"equal":"differs";return a`<tr>${n}<td class="number">${(0,o.B4)(e.restored??0)}</td><td class="mark">${y(s)}<span class="unseen">${r}</span></td></tr>
`}const B=(e,t)=>[...e.filter(t),...e.filter(n=>!t(n))],U=({status:e})=>e==="fail"||e==="error"||e==="timed-out";function de(e){const t=B((0,l.R8)(e),({checks:r})=>r.some(U)),n=t.length===0?a`<p class="none">No check was made: nothing is proven about the backup.</p>`:t.map(le);return t.length===0&&(e.mode==="install"||e.mode==="backup")?a``:a`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${(0,l.N4)(e.checks)}</span></h2>
${n}</section>`}function le({level:e,checks:t}){return a`<h3>Level ${e} <span class="aside">${(0,l.N4)(t)}</span></h3>
<ul class="checks">
${B(t,U).map(ce)}</ul>
`}function ce({id:e,status:t,evidence:n,details:s=[],doesNotProve:r,durationMs:i}){const d=r&&t==="pass"?a`<p class="limits"><span class="label">Does not prove:</span> ${r}</p>`:"";return a`<li class="check"><div class="head"><span class="pill ${t}">${y(t)}${t}</span><span class="took">${(0,o._V)(i)}</span></div>
<div class="shown"><h4 class="code">${e}</h4><p class="evidence">${n}</p>${pe(s)}</div>${d}</li>
`}function pe(e){if(e.length===0)return"";const t=e.length-C,n=e.slice(0,C).map(r=>a`<li>${r}</li>\n`),s=t>0?a`<li class="more">${(0,o.B4)(t)} more are listed in report.json.</li>\n`:"";return a`<details class="unfold"><summary>${(0,o.LS)(e.length,"line")} of detail</summary><ul class="code">
${n}${s}</ul></details>`}function he(e){const{differences:t}=e;if(t.length===0)return"";let n=oe;const s=(0,l.uR)(t).map(r=>{const i=r.differences.slice(0,Math.min(ie,n));return n-=i.length,fe(r,i)});return a`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${(0,o.B4)(t.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${s}</table></section>`}function fe({problem:e,kind:t,differences:n},s){const r=n.length-s.length,i=s.map(p=>a`<tr><td class="code">${(0,l.Hd)(p)}</td><td class="code">${p.path||"the whole object"}</td></tr>\n`),d=r>0?a`<tr><td colspan="2" class="more">${(0,o.B4)(r)} more are listed in report.json.</td></tr>\n`:"";return a`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${t} ${e} <span class="aside">${(0,o.B4)(n.length)}</span></th></tr>
${i}${d}</tbody>
`}function me({warnings:e}){if(e.length===0)return"";const t=e.map(n=>a`<li>${n}</li>\n`);return a`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${t}</ul></section>`}const ue=12;function ge({tools:e}){if(e.length===0)return"";const t=e.map(({name:n,version:s,source:r,sha256:i})=>a`<tr><th scope="row">${n}</th><td>${s}</td><td>${r}</td><td class="code digest">${i.slice(0,ue)||"\u2013"}</td></tr>\n`);return a`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${t}</tbody></table></section>`}function xe(e){const t=[...be(e),...ve(e),...ye(e)];return t.length===0?a``:a`<section aria-label="Key figures"><dl class="tiles">
${t.map($e)}</dl></section>`}function $e({label:e,value:t,note:n}){return a`<div class="tile"><dt>${e}</dt><dd class="value">${t}</dd><dd class="note">${n}</dd></div>
`}function be({mode:e,rpoSeconds:t,rtoSeconds:n}){return e==="install"||e==="backup"?[]:[{label:"RPO achieved",value:(0,o.Xo)(t),note:t===null?"not measured":"age of the backup at the start"},{label:"RTO achieved",value:(0,o.Xo)(n),note:n===null?"not measured":"first step to last check"}]}function ve(e){const t=(0,l.vE)(e),n=(0,l.Sd)(t),s=[];if(e.level&&s.push({label:"Level",value:e.level,note:`checks: ${(0,l.N4)(e.checks)}`}),t.length===0)return s;const[r,i]=n.restored===null?[(0,o.B4)(n.expected),"in the backup"]:[`${(0,o.B4)(n.restored)} / ${(0,o.B4)(n.expected)}`,"restored / expected"];return[...s,{label:"Objects",value:r,note:i}]}function ye({backup:e,drill:t}){const n=[];if(e||t){const s=e&&t?"backup and drill":e?"of the source":"installed",r=(0,l.e4)(e?.argocdVersion,t?.argocdVersion),i=(0,l.e4)(e?.kubernetesVersion,t?.kubernetesVersion);n.push({label:"Argo CD",value:r,note:s},{label:"Kubernetes",value:i,note:s})}if(e&&n.push({label:"Backup",value:(0,o.z3)(e.bytes),note:(0,o.fU)(e.createdAt)}),t){const{clusterName:s,nodes:r}=t,d=[r===void 0?"":(0,o.LS)(r,"node"),s].filter(Boolean).join(", ")||"provider of the drill";n.push({label:"Cluster",value:t.clusterProvider,note:d})}return n}const H=[`:root{color-scheme:light dark;
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
`),S=6e4,E=60*S,_=24*E,V=6,we=3,ke=[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,15e3,3e4,...[1,2,5,10,15,30].map(e=>e*S),...[1,2,6,12].map(e=>e*E)];function K(e){const t=ke.find(n=>e/n<=V)??Math.ceil(e/V/_)*_;return Array.from({length:Math.floor(e/t)+1},(n,s)=>s*t)}function Se(e){return e===0?"0":e<1e3?`${e} ms`:e<S?`${e/1e3} s`:e<E?`${e/S} min`:`${e/E} h`}const Ee=16;function ze(e){if(e.length===0)return a`<p class="none">The run ended before its first phase.</p>`;const t=Math.max(...e.map(({endMs:s})=>s),1),n=e.length>Ee?" dense":"";return a`<ol class="timeline${n}">
${(0,l.K9)(e).map(s=>De(s,t))}</ol>
${Te(t)}`}function De(e,t){const{name:n,startMs:s,endMs:r,depth:i}=e;return a`<li class="depth${Math.min(i,we)}"><span class="phase">${n}</span>${Re(e,t)}<span class="took"><span class="unseen">starts at ${(0,o._V)(s)}, takes </span>${(0,o._V)(r-s)}</span></li>
`}function Re({startMs:e,endMs:t,encloses:n},s){const r=z(e,s),i=z(Math.max(0,t-e),s),d=K(s).map(p=>{const m=z(p,s);return a`<line class="grid" x1="${m}" x2="${m}" y1="0" y2="100%"/>`});return a`<svg class="track" width="100%" height="26" aria-hidden="true">${d}<line class="start" x1="${r}" x2="${r}" y1="6" y2="20"/><rect class="bar${n?" outer":""}" x="${r}" y="6" width="${i}" height="14" rx="3"/></svg>`}function Te(e){const t=K(e).map(n=>{const s=n/e,r=s>.9?"end":s<.05?"start":"middle";return a`<text x="${z(n,e)}" y="14" text-anchor="${r}">${Se(n)}</text>`});return a`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${t}</svg></div>`}function z(e,t){return`${Number((e/t*100).toFixed(4))}%`}const je=18,Ae=["default-src 'none'",`style-src 'sha256-${(0,u.createHash)("sha256").update(H).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function Ie(e){return`${a`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new $(Ae)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${e.verdict} · ${(0,l.i2)(e)}</title>
<style>${new $(H)}</style>
</head>
<body>
${Me(e)}
<main>
${Le(e)}
${Z(e)}
${xe(e)}
${he(e)}
${me(e)}
${re(e)}
${Oe(e)}
${ee(e)}
${de(e)}
${Ce(e)}
</main>
${Pe(e)}
</body>
</html>
`}`}function Me(e){return a`<header class="top"><span class="brand">argocd-dr</span><span class="what">${(0,l.i2)(e)}</span><time>${(0,o.fU)(e.startedAt)}</time></header>`}function Le(e){const t=(0,l.YV)(e),n=e.verdict.replace("_"," "),s=e.exitCode===0?"":a`<p class="exit">Exit code ${e.exitCode}: ${(0,l.k7)(e)}</p>`;return a`<section class="hero ${t}" aria-labelledby="verdict">
${y(t)}
<div><h1 id="verdict">${n}</h1><p class="message">${e.message}</p>${s}</div>
</section>`}function Oe(e){const t=a`<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${ze(e.phases)}</section>`;return e.phases.length>je?a`${t}
<div class="pair even">
${N(e)}
${O(e)}
</div>`:a`<div class="pair">
${t}
${N(e)}
</div>
${O(e)}`}function Ce(e){return a`<div class="pair even">
${ge(e)}
${Ne(e)}
</div>`}function Ne({backup:e}){return e?a`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${(0,o.fU)(e.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${(0,o.z3)(e.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${e.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${e.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${e.sha256}</dd></div>
</dl></section>`:""}function Pe(e){return a`<footer><p>Started ${(0,o.fU)(e.startedAt)}, finished ${(0,o.fU)(e.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${e.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`}function Be(e){const t=(0,l.R8)(e).map(i=>_e(e,i));e.exitCode!==h.dc.pass&&!e.checks.some(He)&&t.push(We(e));const n=t.reduce((i,d)=>i+d.failures,0),s=t.reduce((i,d)=>i+d.errors,0),r=t.reduce((i,d)=>i+d.tests,0);return`${a`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${e.mode}" tests="${r}" failures="${n}" errors="${s}" time="${R(F(e))}">
${t.map(i=>i.xml)}</testsuites>
`}`}const Ue=["fail","error","timed-out"],He=({status:e})=>Ue.includes(e),W=100;function _e(e,{level:t,checks:n}){const s=w=>n.filter(k=>k.status===w).length,[r,i]=[s("fail"),s("skipped")],d=s("error")+s("timed-out"),p=R(n.reduce((w,k)=>w+k.durationMs,0)),m=a`  <testsuite name="${t}" tests="${n.length}" failures="${r}" errors="${d}" skipped="${i}" time="${p}" timestamp="${G(e)}">
${n.map(Ve)}  </testsuite>
`;return{tests:n.length,failures:r,errors:d,xml:m}}function Ve(e){return a`    <testcase classname="argocd-dr.${e.level}" name="${e.id}" time="${R(e.durationMs)}">
${Ke(e)}      <system-out>${D(e)}</system-out>
    </testcase>
`}function Ke(e){const{status:t,evidence:n}=e;switch(t){case"pass":return"";case"fail":return a`      <failure message="${n}" type="fail">${D(e)}</failure>\n`;case"error":return a`      <error message="${n}" type="error">${D(e)}</error>\n`;case"timed-out":return a`      <error message="${n}" type="TIMED_OUT">${D(e)}</error>\n`;case"skipped":return a`      <skipped message="${n}"/>\n`}}function D({evidence:e,doesNotProve:t,details:n=[]}){const s=n.length-W;return[e,...t?[`Does not prove: ${t}`]:[],...n.slice(0,W),...s>0?[`and ${s} more lines, in report.json`]:[]].join(`
`)}function We(e){const t=e.verdict==="INFRA_ERROR"?1:0,n=R(F(e)),s=`exit code ${e.exitCode}: ${(0,l.k7)(e)}`,r=t?a`<error message="${e.message}" type="${s}"/>`:a`<failure message="${e.message}" type="${s}"/>`,i=a`  <testsuite name="run" tests="1" failures="${1-t}" errors="${t}" skipped="0" time="${n}" timestamp="${G(e)}">
    <testcase classname="argocd-dr.run" name="${e.mode}" time="${n}">
      ${r}
    </testcase>
  </testsuite>
`;return{tests:1,failures:1-t,errors:t,xml:i}}function F({startedAt:e,finishedAt:t}){return Math.max(0,Date.parse(t)-Date.parse(e))||0}function G({startedAt:e}){return e.slice(0,19)}function R(e){return(e/1e3).toFixed(3)}var Fe=c(88850),Ge=c(57994),Ye=function(e,t,n){if(t!=null){if(typeof t!="object"&&typeof t!="function")throw new TypeError("Object expected.");var s,r;if(n){if(!Symbol.asyncDispose)throw new TypeError("Symbol.asyncDispose is not defined.");s=t[Symbol.asyncDispose]}if(s===void 0){if(!Symbol.dispose)throw new TypeError("Symbol.dispose is not defined.");s=t[Symbol.dispose],n&&(r=s)}if(typeof s!="function")throw new TypeError("Object not disposable.");r&&(s=function(){try{r.call(this)}catch(i){return Promise.reject(i)}}),e.stack.push({value:t,dispose:s,async:n})}else n&&e.stack.push({async:!0});return t},Xe=(function(e){return function(t){function n(d){t.error=t.hasError?new e(d,t.error,"An error was suppressed during disposal."):d,t.hasError=!0}var s,r=0;function i(){for(;s=t.stack.pop();)try{if(!s.async&&r===1)return r=0,t.stack.push(s),Promise.resolve().then(i);if(s.dispose){var d=s.dispose.call(s.value);if(s.async)return r|=2,Promise.resolve(d).then(i,function(p){return n(p),i()})}else r|=1}catch(p){n(p)}if(r===1)return t.hasError?Promise.reject(t.error):Promise.resolve();if(t.hasError)throw t.error}return i()}})(typeof SuppressedError=="function"?SuppressedError:function(e,t,n){var s=new Error(n);return s.name="SuppressedError",s.error=e,s.suppressed=t,s});async function Je(e,t,n={}){const s=Ze(e);Qe(t);const r={json:(0,f.join)(t,"report.json"),html:(0,f.join)(t,"report.html"),junit:(0,f.join)(t,"junit.xml")};return await A(r.json,`${JSON.stringify(s,null,2)}
`),await A(r.html,Ie(s)),await A(r.junit,Be(s)),n.stepSummary&&await et(n.stepSummary,s),r}function Qe(e){try{(0,T.w)(e)}catch(t){throw(0,h.aY)(`report-dir ${e} cannot be created; name a folder that this user may write to`,t)}}function Ze(e){const{success:t,data:n,error:s}=Fe.Qh.safeParse(e);if(t)return n;const r=v.S1(s);throw new h.T2(h.dc.unexpected,`the report breaks its own schema; this is an error in argocd-dr, please report it:
${r}`)}async function A(e,t){const n=`${e}.${(0,u.randomUUID)()}.tmp`;try{await qe(n,t),await(0,x.rename)(n,e)}catch(s){throw await(0,x.rm)(n,{force:!0}),(0,h.d0)(`${e} cannot be written; check free space and permissions of report-dir`,s)}}async function qe(e,t){const n={stack:[],error:void 0,hasError:!1};try{const s=Ye(n,await(0,x.open)(e,"wx",420),!0);await s.chmod(420),await s.writeFile(t),await s.sync()}catch(s){n.error=s,n.hasError=!0}finally{const s=Xe(n);s&&await s}}async function et(e,t){await(0,x.appendFile)(e,(0,Ge.B)(t)).catch(n=>{throw(0,h.d0)(`the job summary cannot be appended to ${e}, which GITHUB_STEP_SUMMARY names`,n)})}})};export{gt as id,xt as ids,$t as modules};
