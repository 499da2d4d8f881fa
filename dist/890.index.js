const st=890,it=[890],ot={2011:((G,M,g)=>{g.d(M,{B4:()=>$,LS:()=>i,TN:()=>T,Xo:()=>D,_V:()=>y,fU:()=>k,g$:()=>E,z3:()=>c});const h=1e3,v=1440;function y(l){if(l<999.5)return`${Math.round(l)} ms`;if(l<9995)return`${(l/h).toFixed(2)} s`;if(l<59950)return`${(l/h).toFixed(1)} s`;const a=Math.round(l/h);if(a<3600)return`${Math.floor(a/60)} min ${j(a%60)} s`;const w=Math.round(a/60);if(w<v)return`${Math.floor(w/60)} h ${j(w%60)} min`;const S=Math.round(w/60);return`${Math.floor(S/24)} d ${S%24} h`}function D(l){return l===null?"\u2013":y(l*h)}function $(l){return l.toLocaleString("en-US")}function c(l){return l<1024?`${l} B`:l<1024**2?`${(l/1024).toFixed(1)} KiB`:`${(l/1024**2).toFixed(2)} MiB`}function k(l){const a=new Date(l);return Number.isNaN(a.getTime())?l:`${a.toISOString().slice(0,19).replace("T"," ")} UTC`}function i(l,a){return`${$(l)} ${a}${l===1?"":"s"}`}function E(l){return l.toWellFormed().replace(R,"\uFFFD")}const R=/(?![\t\n])[\p{Cc}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FFFE}\u{FFFF}]/gu;function T(l){return E(l.replace(/\s+/g," ").trim())}function j(l){return String(l).padStart(2,"0")}}),4153:((G,M,g)=>{g.d(M,{As:()=>E,Hd:()=>C,N4:()=>w,R8:()=>l,Sd:()=>R,YV:()=>y,e4:()=>F,i2:()=>$,k7:()=>k,uR:()=>L,vE:()=>i});var h=g(3916),v=g(8850);function y(d){return d.verdict==="FAIL"?"fail":d.verdict==="INFRA_ERROR"?"error":d.verdict==="PASS"&&d.exitCode===h.dc.pass?"pass":"partial"}const D={install:"Argo CD installation",backup:"Argo CD backup","restore-verify":"Argo CD restore verification",drill:"Argo CD disaster recovery drill"};function $(d){return D[d.mode]}const c={[h.dc.pass]:"success",[h.dc.unexpected]:"unexpected error",[h.dc.invalidInput]:"invalid input",[h.dc.fail]:"the backup does not restore",[h.dc.infra]:"nothing can be said about the backup",[h.dc.cannotOpen]:"the backup cannot be opened",[h.dc.objectiveMissed]:"RPO or RTO target missed",[h.dc.partial]:"not every check could be made",[h.dc.cancelled]:"cancelled"};function k(d){return c[d]??"unknown exit code"}function i(d){const p=d.backup?.counts??{},f=d.drill?.counts;return[...new Set([...Object.keys(p),...Object.keys(f??{})])].sort(j).map(x=>({kind:x,expected:p[x]??0,restored:f?f[x]??0:null}))}function E({expected:d,restored:p}){return p===null?null:d===p}function R(d){const p=u=>u.reduce((x,A)=>x+A,0),f=d.every(u=>u.restored===null)?null:p(d.map(u=>u.restored??0));return{kind:"All objects",expected:p(d.map(u=>u.expected)),restored:f}}const T=["Application","ApplicationSet","AppProject"];function j(d,p){const f=u=>T.indexOf(u)+1||T.length+1;return f(d)-f(p)||(d<p?-1:1)}function l(d){return v.A_.map(p=>({level:p,checks:d.checks.filter(f=>f.level===p)})).filter(({checks:p})=>p.length>0)}const a=["pass","fail","error","skipped"];function w(d){return a.map(u=>({status:u,count:d.filter(x=>x.status===u).length})).filter(({count:u})=>u>0).map(({status:u,count:x})=>`${x} ${u}`).join(", ")||"none made"}const S=["missing","different","unexpected"];function L(d){const p=new Map;for(const f of d){const{problem:u,kind:x}=f,A=JSON.stringify([u,x]),z=p.get(A)??{problem:u,kind:x,differences:[]};z.differences.push(f),p.set(A,z)}return[...p.values()].sort((f,u)=>S.indexOf(f.problem)-S.indexOf(u.problem)||u.differences.length-f.differences.length)}function C({namespace:d,name:p}){return d?`${d}/${p}`:p}function F(d,p){const f=[d,p].filter(u=>u!==void 0);return[...new Set(f)].join(" \u2192 ")||"\u2013"}}),1890:((G,M,g)=>{g.d(M,{writeReport:()=>He});var h=g(7598),v=g(1455),y=g(6760),D=g(7428),$=g(3916),c=g(2011);class k{text;constructor(t){this.text=t}toString(){return this.text}}function i(e,...t){return new k(e.reduce((n,r,s)=>n+R(t[s-1]??"")+r))}function E(e){return(0,c.g$)(e).replace(/[&<>"']/g,t=>`&#${t.codePointAt(0)};`)}function R(e){return Array.isArray(e)?e.map(R).join(""):e instanceof k?e.text:E(String(e))}const T={pass:"M6.5 12.5l3.8 3.8 7.2-8.1",fail:"M7.5 7.5l9 9m0-9l-9 9",partial:"M12 6.2v7.3m0 3.6v.6",error:"M12 6.2v7.3m0 3.6v.6",skipped:"M7 12h10"},j={pass:'<circle cx="12" cy="12" r="11"/>',fail:'<circle cx="12" cy="12" r="11"/>',partial:'<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',error:'<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',skipped:'<circle cx="12" cy="12" r="11"/>'};function l(e){const t=new k(j[e]);return i`<svg class="icon ${e}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${t}</g><path class="sign" d="${T[e]}"/></svg>`}var a=g(4153);const w=20,S=200;function L(e){const t=(0,a.vE)(e);if(t.length===0)return"";const n=t.some(s=>s.restored!==null),r=n?i`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`:i`<th scope="col" class="number">In the backup</th>`;return i`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${r}</tr></thead>
<tbody>
${t.map(s=>C(s,n))}</tbody>
<tfoot>${C((0,a.Sd)(t),n)}</tfoot></table></section>`}function C(e,t){const n=i`<th scope="row">${e.kind}</th><td class="number">${(0,c.B4)(e.expected)}</td>`;if(!t)return i`<tr>${n}</tr>\n`;const r=(0,a.As)(e)?"pass":"fail",s=(0,a.As)(e)?"equal":"differs";return i`<tr>${n}<td class="number">${(0,c.B4)(e.restored??0)}</td><td class="mark">${l(r)}<span class="unseen">${s}</span></td></tr>
`}function F(e){const t=(0,a.R8)(e),n=t.length===0?i`<p class="none">No check was made: nothing is proven about the backup.</p>`:t.map(d);return t.length===0&&(e.mode==="install"||e.mode==="backup")?i``:i`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${(0,a.N4)(e.checks)}</span></h2>
${n}</section>`}function d({level:e,checks:t}){return i`<h3>Level ${e} <span class="aside">${(0,a.N4)(t)}</span></h3>
<ul class="checks">
${t.map(p)}</ul>
`}function p({id:e,status:t,evidence:n,doesNotProve:r,durationMs:s}){const o=r?i`<p class="limits"><span class="label">Does not prove:</span> ${r}</p>`:"";return i`<li class="check"><div class="head"><span class="pill ${t}">${l(t)}${t}</span><span class="took">${(0,c._V)(s)}</span></div>
<div class="shown"><h4 class="code">${e}</h4><p class="evidence">${n}</p></div>${o}</li>
`}function f(e){const{differences:t}=e;if(t.length===0)return"";let n=S;const r=(0,a.uR)(t).map(s=>{const o=s.differences.slice(0,Math.min(w,n));return n-=o.length,u(s,o)});return i`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${(0,c.B4)(t.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${r}</table></section>`}function u({problem:e,kind:t,differences:n},r){const s=n.length-r.length,o=r.map(b=>i`<tr><td class="code">${(0,a.Hd)(b)}</td><td class="code">${b.path||"the whole object"}</td></tr>\n`),m=s>0?i`<tr><td colspan="2" class="more">${(0,c.B4)(s)} more are listed in report.json.</td></tr>\n`:"";return i`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${t} ${e} <span class="aside">${(0,c.B4)(n.length)}</span></th></tr>
${o}${m}</tbody>
`}function x({warnings:e}){if(e.length===0)return"";const t=e.map(n=>i`<li>${n}</li>\n`);return i`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${t}</ul></section>`}const A=12;function z({tools:e}){if(e.length===0)return"";const t=e.map(({name:n,version:r,source:s,sha256:o})=>i`<tr><th scope="row">${n}</th><td>${r}</td><td>${s}</td><td class="code digest">${o.slice(0,A)||"\u2013"}</td></tr>\n`);return i`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${t}</tbody></table></section>`}function re(e){const t=[...ie(e),...oe(e),...ae(e)];return t.length===0?i``:i`<section aria-label="Key figures"><dl class="tiles">
${t.map(se)}</dl></section>`}function se({label:e,value:t,note:n}){return i`<div class="tile"><dt>${e}</dt><dd class="value">${t}</dd><dd class="note">${n}</dd></div>
`}function ie({mode:e,rpoSeconds:t,rtoSeconds:n}){return e==="install"||e==="backup"?[]:[{label:"RPO achieved",value:(0,c.Xo)(t),note:t===null?"not measured":"age of the backup at the start"},{label:"RTO achieved",value:(0,c.Xo)(n),note:n===null?"not measured":"first step to last check"}]}function oe(e){const t=(0,a.vE)(e),n=(0,a.Sd)(t),r=[];if(e.level&&r.push({label:"Level",value:e.level,note:`checks: ${(0,a.N4)(e.checks)}`}),t.length===0)return r;const[s,o]=n.restored===null?[(0,c.B4)(n.expected),"in the backup"]:[`${(0,c.B4)(n.restored)} / ${(0,c.B4)(n.expected)}`,"restored / expected"];return[...r,{label:"Objects",value:s,note:o}]}function ae({backup:e,drill:t}){const n=[];if(e||t){const r=e&&t?"backup and drill":e?"of the source":"installed",s=(0,a.e4)(e?.argocdVersion,t?.argocdVersion),o=(0,a.e4)(e?.kubernetesVersion,t?.kubernetesVersion);n.push({label:"Argo CD",value:s,note:r},{label:"Kubernetes",value:o,note:r})}return e&&n.push({label:"Backup",value:(0,c.z3)(e.bytes),note:(0,c.fU)(e.createdAt)}),t&&n.push({label:"Cluster",value:t.clusterProvider,note:"provider of the drill"}),n}const Y=[`:root{color-scheme:light dark;
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
`),I=6e4,_=60*I,X=24*_,J=6,ce=[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,15e3,3e4,...[1,2,5,10,15,30].map(e=>e*I),...[1,2,6,12].map(e=>e*_)];function Q(e){const t=ce.find(n=>e/n<=J)??Math.ceil(e/J/X)*X;return Array.from({length:Math.floor(e/t)+1},(n,r)=>r*t)}function le(e){return e===0?"0":e<1e3?`${e} ms`:e<I?`${e/1e3} s`:e<_?`${e/I} min`:`${e/_} h`}function de(e){if(e.length===0)return i`<p class="none">The run ended before its first phase.</p>`;const t=Math.max(...e.map(({endMs:n})=>n),1);return i`<ol class="timeline">
${e.map(n=>pe(n,t))}</ol>
${fe(t)}`}function pe(e,t){const{name:n,startMs:r,endMs:s}=e;return i`<li><span class="phase">${n}</span>${ue(e,t)}<span class="took"><span class="unseen">starts at ${(0,c._V)(r)}, takes </span>${(0,c._V)(s-r)}</span></li>
`}function ue({startMs:e,endMs:t},n){const r=N(e,n),s=N(Math.max(0,t-e),n),o=Q(n).map(m=>{const b=N(m,n);return i`<line class="grid" x1="${b}" x2="${b}" y1="0" y2="100%"/>`});return i`<svg class="track" width="100%" height="26" aria-hidden="true">${o}<line class="start" x1="${r}" x2="${r}" y1="6" y2="20"/><rect class="bar" x="${r}" y="6" width="${s}" height="14" rx="3"/></svg>`}function fe(e){const t=Q(e).map(n=>{const r=n/e,s=r>.9?"end":r<.05?"start":"middle";return i`<text x="${N(n,e)}" y="14" text-anchor="${s}">${le(n)}</text>`});return i`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${t}</svg></div>`}function N(e,t){return`${Number((e/t*100).toFixed(4))}%`}const he=["default-src 'none'",`style-src 'sha256-${(0,h.createHash)("sha256").update(Y).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function me(e){return`${i`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new k(he)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${e.verdict} · ${(0,a.i2)(e)}</title>
<style>${new k(Y)}</style>
</head>
<body>
${ge(e)}
<main>
${xe(e)}
${re(e)}
${f(e)}
${x(e)}
${$e(e)}
${F(e)}
${be(e)}
</main>
${ke(e)}
</body>
</html>
`}`}function ge(e){return i`<header class="top"><span class="brand">argocd-dr</span><span class="what">${(0,a.i2)(e)}</span><time>${(0,c.fU)(e.startedAt)}</time></header>`}function xe(e){const t=(0,a.YV)(e),n=e.verdict.replace("_"," "),r=e.exitCode===0?"":i`<p class="exit">Exit code ${e.exitCode}: ${(0,a.k7)(e.exitCode)}</p>`;return i`<section class="hero ${t}" aria-labelledby="verdict">
${l(t)}
<div><h1 id="verdict">${n}</h1><p class="message">${e.message}</p>${r}</div>
</section>`}function $e(e){return i`<div class="pair">
<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${de(e.phases)}</section>
${L(e)}
</div>`}function be(e){return i`<div class="pair even">
${z(e)}
${ve(e)}
</div>`}function ve({backup:e}){return e?i`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${(0,c.fU)(e.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${(0,c.z3)(e.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${e.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${e.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${e.sha256}</dd></div>
</dl></section>`:""}function ke(e){return i`<footer><p>Started ${(0,c.fU)(e.startedAt)}, finished ${(0,c.fU)(e.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${e.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`}function ye(e){const t=(0,a.R8)(e).map(o=>Se(e,o));e.exitCode!==$.dc.pass&&!e.checks.some(we)&&t.push(Te(e));const n=t.reduce((o,m)=>o+m.failures,0),r=t.reduce((o,m)=>o+m.errors,0),s=t.reduce((o,m)=>o+m.tests,0);return`${i`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${e.mode}" tests="${s}" failures="${n}" errors="${r}" time="${P(Z(e))}">
${t.map(o=>o.xml)}</testsuites>
`}`}const we=({status:e})=>e==="fail"||e==="error";function Se(e,{level:t,checks:n}){const r=K=>n.filter(W=>W.status===K).length,[s,o,m]=[r("fail"),r("error"),r("skipped")],b=P(n.reduce((K,W)=>K+W.durationMs,0)),Ye=i`  <testsuite name="${t}" tests="${n.length}" failures="${s}" errors="${o}" skipped="${m}" time="${b}" timestamp="${q(e)}">
${n.map(Ee)}  </testsuite>
`;return{tests:n.length,failures:s,errors:o,xml:Ye}}function Ee(e){return i`    <testcase classname="argocd-dr.${e.level}" name="${e.id}" time="${P(e.durationMs)}">
${Re(e)}      <system-out>${U(e)}</system-out>
    </testcase>
`}function Re(e){const{status:t,evidence:n}=e;switch(t){case"pass":return"";case"fail":return i`      <failure message="${n}" type="fail">${U(e)}</failure>\n`;case"error":return i`      <error message="${n}" type="error">${U(e)}</error>\n`;case"skipped":return i`      <skipped message="${n}"/>\n`}}function U({evidence:e,doesNotProve:t}){return t?`${e}
Does not prove: ${t}`:e}function Te(e){const t=e.verdict==="INFRA_ERROR"?1:0,n=P(Z(e)),r=`exit code ${e.exitCode}: ${(0,a.k7)(e.exitCode)}`,s=t?i`<error message="${e.message}" type="${r}"/>`:i`<failure message="${e.message}" type="${r}"/>`,o=i`  <testsuite name="run" tests="1" failures="${1-t}" errors="${t}" skipped="0" time="${n}" timestamp="${q(e)}">
    <testcase classname="argocd-dr.run" name="${e.mode}" time="${n}">
      ${s}
    </testcase>
  </testsuite>
`;return{tests:1,failures:1-t,errors:t,xml:o}}function Z({startedAt:e,finishedAt:t}){return Math.max(0,Date.parse(t)-Date.parse(e))||0}function q({startedAt:e}){return e.slice(0,19)}function P(e){return(e/1e3).toFixed(3)}var je=g(8850);const Ae=1e3*1024,ee=2e3,te=50,ne={pass:"\u2705",fail:"\u274C",partial:"\u{1F7E1}",error:"\u26A0\uFE0F",skipped:"\u23ED\uFE0F"};function Oe(e){const t=[De(e),Ce(e),Ne(e),Be(e),ze(e),Ie(e),Le(e),Fe(e)];return Me(t.filter(Boolean),Ae)}function Me(e,t){const n=`_Left out to keep this summary small; see report.json and report.html._
`,r=[];let s=t-Buffer.byteLength(n);for(const o of e){if(s-=Buffer.byteLength(o)+1,s<0)return[...r,n].join(`
`);r.push(o)}return r.join(`
`)}function De(e){const t=e.exitCode===0?"":` \xB7 exit code ${e.exitCode}: ${(0,a.k7)(e.exitCode)}`;return`## ${ne[(0,a.YV)(e)]} ${e.verdict} \xB7 ${(0,a.i2)(e)}${t}

${V(e.message)}
`}function Ce(e){const{backup:t,drill:n}=e,r=(0,a.Sd)((0,a.vE)(e)),s=[e.rpoSeconds!==null&&["RPO achieved",(0,c.Xo)(e.rpoSeconds)],e.rtoSeconds!==null&&["RTO achieved",(0,c.Xo)(e.rtoSeconds)],e.level&&["Level",e.level],e.checks.length>0&&["Checks",(0,a.N4)(e.checks)],r.restored!==null&&["Objects",`${(0,c.B4)(r.restored)} restored of ${(0,c.B4)(r.expected)}`],t&&["Backup",`${(0,c.fU)(t.createdAt)}, ${(0,c.z3)(t.bytes)}`],(t||n)&&["Argo CD",(0,a.e4)(t?.argocdVersion,n?.argocdVersion)],(t||n)&&["Kubernetes",(0,a.e4)(t?.kubernetesVersion,n?.kubernetesVersion)],n&&["Drill cluster",n.clusterProvider]].filter(o=>Array.isArray(o));return s.length===0?"":O(["Figure","Value"],s)}function ze(e){const t=(0,a.vE)(e).map(n=>[n.kind,(0,c.B4)(n.expected),n.restored===null?"\u2013":(0,c.B4)(n.restored),{true:"\u2705 complete",false:"\u274C differs",null:"not counted"}[`${(0,a.As)(n)}`]]);return t.length===0?"":B("Objects per kind",O(["Kind","Expected","Restored","State"],t))}function Ie(e){const t=(0,a.R8)(e).flatMap(r=>r.checks.map(_e));if(t.length===0)return"";const n=["Status","Check","Evidence","Does not prove","Took"];return B(`Checks: ${(0,a.N4)(e.checks)}`,O(n,t))}function _e(e){const{status:t,id:n,evidence:r,doesNotProve:s,durationMs:o}=e;return[`${ne[t]} ${t}`,n,r,s,(0,c._V)(o)]}function Ne(e){const t=(0,a.uR)(e.differences).flatMap(o=>o.differences);if(t.length===0)return"";const n=t.length-te,r=n>0?`
${(0,c.B4)(n)} more are in report.json.
`:"",s=t.slice(0,te).map(Pe);return`### ${(0,c.LS)(t.length,"difference")}

${O(["Problem","Kind","Object","Path"],s)}${r}`}function Pe(e){return[e.problem,e.kind,(0,a.Hd)(e),e.path]}function Be(e){return e.warnings.length===0?"":`### Warnings

${e.warnings.map(t=>`- ${V(t)}
`).join("")}`}function Le(e){const t=e.phases.map(({name:n,startMs:r,endMs:s})=>[n,(0,c._V)(r),(0,c._V)(s-r)]);return t.length===0?"":B("Phases",O(["Phase","Began after","Took"],t))}function Fe(e){const t=e.tools.map(({name:n,version:r,source:s})=>[n,r,s]);return t.length===0?"":B("Tools",O(["Tool","Version","Source"],t))}function B(e,t){return`<details>
<summary>${e}</summary>

${t}
</details>
`}function O(e,t){const n=r=>`| ${r.join(" | ")} |
`;return n(e)+n(e.map(()=>"---"))+t.map(r=>n(r.map(V))).join("")}function V(e){const t=(0,c.TN)(e);return(t.length>ee?`${t.slice(0,ee).toWellFormed()}\u2026`:t).replace(/[\\`*_[\]{}~#|!]/g,"\\$&").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;")}var Ue=function(e,t,n){if(t!=null){if(typeof t!="object"&&typeof t!="function")throw new TypeError("Object expected.");var r,s;if(n){if(!Symbol.asyncDispose)throw new TypeError("Symbol.asyncDispose is not defined.");r=t[Symbol.asyncDispose]}if(r===void 0){if(!Symbol.dispose)throw new TypeError("Symbol.dispose is not defined.");r=t[Symbol.dispose],n&&(s=r)}if(typeof r!="function")throw new TypeError("Object not disposable.");s&&(r=function(){try{s.call(this)}catch(o){return Promise.reject(o)}}),e.stack.push({value:t,dispose:r,async:n})}else n&&e.stack.push({async:!0});return t},Ve=(function(e){return function(t){function n(m){t.error=t.hasError?new e(m,t.error,"An error was suppressed during disposal."):m,t.hasError=!0}var r,s=0;function o(){for(;r=t.stack.pop();)try{if(!r.async&&s===1)return s=0,t.stack.push(r),Promise.resolve().then(o);if(r.dispose){var m=r.dispose.call(r.value);if(r.async)return s|=2,Promise.resolve(m).then(o,function(b){return n(b),o()})}else s|=1}catch(b){n(b)}if(s===1)return t.hasError?Promise.reject(t.error):Promise.resolve();if(t.hasError)throw t.error}return o()}})(typeof SuppressedError=="function"?SuppressedError:function(e,t,n){var r=new Error(n);return r.name="SuppressedError",r.error=e,r.suppressed=t,r});async function He(e,t,n={}){const r=Ke(e);await(0,v.mkdir)(t,{recursive:!0}).catch(o=>{throw(0,$.aY)(`report-dir ${t} cannot be created; name a folder that this user may write to`,o)});const s={json:(0,y.join)(t,"report.json"),html:(0,y.join)(t,"report.html"),junit:(0,y.join)(t,"junit.xml")};return await H(s.json,`${JSON.stringify(r,null,2)}
`),await H(s.html,me(r)),await H(s.junit,ye(r)),n.stepSummary&&await Ge(n.stepSummary,r),s}function Ke(e){const{success:t,data:n,error:r}=je.Qh.safeParse(e);if(t)return n;const s=D.S1(r);throw new $.T2($.dc.unexpected,`the report breaks its own schema; this is an error in argocd-dr, please report it:
${s}`)}async function H(e,t){const n=`${e}.${(0,h.randomUUID)()}.tmp`;try{await We(n,t),await(0,v.rename)(n,e)}catch(r){throw await(0,v.rm)(n,{force:!0}),(0,$.d0)(`${e} cannot be written; check free space and permissions of report-dir`,r)}}async function We(e,t){const n={stack:[],error:void 0,hasError:!1};try{const r=Ue(n,await(0,v.open)(e,"wx",420),!0);await r.chmod(420),await r.writeFile(t),await r.sync()}catch(r){n.error=r,n.hasError=!0}finally{const r=Ve(n);r&&await r}}async function Ge(e,t){await(0,v.appendFile)(e,Oe(t)).catch(n=>{throw(0,$.d0)(`the job summary cannot be appended to ${e}, which GITHUB_STEP_SUMMARY names`,n)})}})};export{st as id,it as ids,ot as modules};
