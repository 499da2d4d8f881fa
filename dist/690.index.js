const Bt=690,Pt=[690],Ut={8146:((H,_,x)=>{x.d(_,{w:()=>v});var g=x(3024),D=x.n(g),b=x(6760),O=x.n(b);function v(L,a=511){const E=(0,b.resolve)(L);if(!(0,g.statSync)(E,{throwIfNoEntry:!1})?.isDirectory()){(0,b.dirname)(E)!==E&&v((0,b.dirname)(E),a);try{(0,g.mkdirSync)(E,{mode:a})}catch(T){if(!(0,g.statSync)(E,{throwIfNoEntry:!1})?.isDirectory())throw T}}}}),5625:((H,_,x)=>{x.d(_,{z:()=>D});const g={info(){},warn(){},progress(){}};function D(b,O=5){const v=b.length-O;return b.slice(0,O).join(", ")+(v>0?` and ${v} more`:"")}}),2011:((H,_,x)=>{x.d(_,{B4:()=>v,LS:()=>E,TN:()=>U,Xo:()=>O,_V:()=>b,fU:()=>a,g$:()=>T,z3:()=>L});const g=1e3,D=1440;function b(h){if(h<999.5)return`${Math.round(h)} ms`;if(h<9995)return`${(h/g).toFixed(2)} s`;if(h<59950)return`${(h/g).toFixed(1)} s`;const w=Math.round(h/g);if(w<3600)return`${Math.floor(w/60)} min ${z(w%60)} s`;const S=Math.round(w/60);if(S<D)return`${Math.floor(S/60)} h ${z(S%60)} min`;const d=Math.round(S/60);return`${Math.floor(d/24)} d ${d%24} h`}function O(h){return h===null?"\u2013":b(h*g)}function v(h){return h.toLocaleString("en-US")}function L(h){return h<1024?`${h} B`:h<1024**2?`${(h/1024).toFixed(1)} KiB`:`${(h/1024**2).toFixed(2)} MiB`}function a(h){const w=new Date(h);return Number.isNaN(w.getTime())?h:`${w.toISOString().slice(0,19).replace("T"," ")} UTC`}function E(h,w,S=`${w}s`){return`${v(h)} ${h===1?w:S}`}function T(h){return h.toWellFormed().replace(r,"\uFFFD")}const r=/(?![\t\n])[\p{Cc}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FFFE}\u{FFFF}]/gu;function U(h){return T(h.replace(/\s+/g," ").trim())}function z(h){return String(h).padStart(2,"0")}}),4153:((H,_,x)=>{x.d(_,{As:()=>U,Hd:()=>V,K9:()=>Y,N4:()=>F,R8:()=>S,Sd:()=>z,T1:()=>ie,YV:()=>O,a3:()=>le,bb:()=>ce,e4:()=>oe,gc:()=>J,hu:()=>X,i2:()=>L,k7:()=>T,uR:()=>se,vE:()=>r});var g=x(3916),D=x(2011),b=x(8850);function O(l){return l.verdict==="FAIL"?"fail":l.verdict==="INFRA_ERROR"?"error":l.verdict==="PASS"&&l.exitCode===g.dc.pass?"pass":"partial"}const v={install:"Argo CD installation",backup:"Argo CD backup","restore-verify":"Argo CD restore verification",drill:"Argo CD disaster recovery drill"};function L(l){return v[l.mode]}const a={[g.dc.pass]:"success",[g.dc.unexpected]:"unexpected error",[g.dc.invalidInput]:"invalid input",[g.dc.fail]:"the backup does not restore",[g.dc.infra]:"nothing can be said about the backup",[g.dc.cannotOpen]:"the backup cannot be opened",[g.dc.objectiveMissed]:"RPO or RTO target missed",[g.dc.partial]:"not every check could be made",[g.dc.cancelled]:"cancelled"},E={backup:{[g.dc.fail]:"the source could not be backed up completely"},install:{[g.dc.fail]:"the installation does not hold what was asked of it",[g.dc.infra]:"the installation did not come up"}};function T({exitCode:l,mode:c}){return E[c]?.[l]??a[l]??"unknown exit code"}function r(l){const c=l.backup?.counts??{},f=l.drill?.counts;return[...new Set([...Object.keys(c),...Object.keys(f??{})])].sort(w).map(m=>({kind:m,expected:c[m]??0,restored:f?f[m]??0:null}))}function U({expected:l,restored:c}){return c===null?null:l===c}function z(l){const c=p=>p.reduce((m,y)=>m+y,0),f=l.every(p=>p.restored===null)?null:c(l.map(p=>p.restored??0));return{kind:"All objects",expected:c(l.map(p=>p.expected)),restored:f}}const h=["Application","ApplicationSet","AppProject"];function w(l,c){const f=p=>h.indexOf(p)+1||h.length+1;return f(l)-f(c)||(l<c?-1:1)}function S(l){return b.A_.map(c=>({level:c,checks:l.checks.filter(f=>f.level===c)})).filter(({checks:c})=>c.length>0)}const d=["pass","fail","error","timed-out","skipped"];function F(l){return d.map(p=>({status:p,count:l.filter(m=>m.status===p).length})).filter(({count:p})=>p>0).map(({status:p,count:m})=>`${m} ${p}`).join(", ")||"none made"}const G=["missing","different","unexpected"];function se(l){const c=new Map;for(const f of l){const{problem:p,kind:m}=f,y=JSON.stringify([p,m]),I=c.get(y)??{problem:p,kind:m,differences:[]};I.differences.push(f),c.set(y,I)}return[...c.values()].sort((f,p)=>G.indexOf(f.problem)-G.indexOf(p.problem)||p.differences.length-f.differences.length)}function V({namespace:l,name:c}){return l?`${l}/${c}`:c}function oe(l,c){const f=[l,c].filter(p=>p!==void 0);return[...new Set(f)].join(" \u2192 ")||"\u2013"}const re=["fail","error","timed-out","skipped","pass"];function ie(l){const{level:c,checks:f,mode:p}=l;return c===null||p==="backup"||p==="install"?[]:b.A_.map(m=>{const y=f.filter(N=>N.level===m);return y.length>0?K(m,y):b.A_.indexOf(m)<=b.A_.indexOf(c)&&(m!=="render"||c==="render")?{level:m,state:"skipped",note:"not reached"}:{level:m,state:"unasked",note:"not asked for"}})}function K(l,c){const f=re.find(m=>c.some(y=>y.status===m)),p=f==="pass"?`${c.length} of ${c.length} proven`:F(c);return{level:l,state:f,note:p}}const ae=l=>l.replace(/\[\d+\]/g,"[]");function X(l){const c=new Map;for(const p of l){const{kind:m,what:y,class:I}=p,N=ae(p.path),Q=JSON.stringify([I,m,N,y]),W=c.get(Q)??{kind:m,path:N,what:y,class:I,objects:[]};W.objects.includes(V(p))||W.objects.push(V(p)),c.set(Q,W)}const f=({class:p})=>p==="loss"?0:1;return[...c.values()].sort((p,m)=>f(p)-f(m)||m.objects.length-p.objects.length)}function Y(l,c,f=0){return l.flatMap((p,m)=>{if(p.parent!==c)return[];const y=Y(l,m,f+1);return[{...p,depth:f,encloses:y.length>0},...y]})}function ce(l,c){return c&&l.startsWith(`${c}-`)?l.slice(c.length+1):l}function le({value:l,unit:c}){const f=l.toLocaleString("en-US",{maximumSignificantDigits:4});return c?`${f} ${c}`:f}function J({clusterProvider:l,clusterName:c,nodes:f}){return[l,f===void 0?"":(0,D.LS)(f,"node"),c??""].filter(Boolean).join(", ")}}),9690:((H,_,x)=>{x.d(_,{writeReport:()=>yt});var g=x(7598),D=x(1455),b=x(6760),O=x(7428),v=x(3916),L=x(8146),a=x(2011),E=x(5625);class T{text;constructor(t){this.text=t}toString(){return this.text}}function r(e,...t){return new T(e.reduce((n,s,o)=>n+z(t[o-1]??"")+s))}function U(e){return(0,a.g$)(e).replace(/[&<>"']/g,t=>`&#${t.codePointAt(0)};`)}function z(e){return Array.isArray(e)?e.map(z).join(""):e instanceof T?e.text:U(String(e))}const h={pass:"M6.5 12.5l3.8 3.8 7.2-8.1",fail:"M7.5 7.5l9 9m0-9l-9 9",partial:"M12 6.2v7.3m0 3.6v.6",error:"M12 6.2v7.3m0 3.6v.6",skipped:"M7 12h10","timed-out":"M12 6.6V12l3.7 2.5"},w={pass:'<circle cx="12" cy="12" r="11"/>',fail:'<circle cx="12" cy="12" r="11"/>',partial:'<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',error:'<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',skipped:'<circle cx="12" cy="12" r="11"/>',"timed-out":'<path d="M6.3 1.6h11.4L23.4 12l-5.7 10.4H6.3L.6 12z"/>'};function S(e){const t=new T(w[e]);return r`<svg class="icon ${e}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${t}</g><path class="sign" d="${h[e]}"/></svg>`}var d=x(4153);const F=50,G=3;function se(e){const t=(0,d.T1)(e);return t.length===0?"":r`<section aria-label="Levels"><ol class="ladder">
${t.map(V)}</ol></section>`}function V({level:e,state:t,note:n}){const s=t==="unasked"?"":S(t);return r`<li class="rung ${t}">${s}<span class="level">${e}</span><span class="note">${n}</span></li>
`}function oe({workloads:e=[],drill:t}){if(e.length===0)return"";const n=re(e),s=Math.max(...e.map(({seconds:u})=>u??0),.001),o=e.reduce((u,{ready:$})=>u+$,0),i=n.map(u=>r`<th scope="col" class="node"><span>${(0,d.bb)(u,t?.clusterName)}</span></th>`);return r`<section class="card" aria-labelledby="running"><h2 id="running">Argo CD in the drill <span class="aside">${(0,a.LS)(o,"pod")} ready${n.length>0?` on ${(0,a.LS)(n.length,"node")}`:""}</span></h2>
<table class="workloads"><thead><tr><th scope="col">Workload</th><th scope="col" class="number">Ready</th><th scope="col" class="after">After</th>${i}</tr></thead>
<tbody>
${e.map(u=>ie(u,n,s))}</tbody></table></section>`}function re(e){const t=s=>s.includes("control-plane")?0:1,n=new Intl.Collator("en",{numeric:!0});return[...new Set(e.flatMap(({nodes:s})=>s))].sort((s,o)=>t(s)-t(o)||n.compare(s,o))}function ie({kind:e,name:t,ready:n,wanted:s,seconds:o,nodes:i},u,$){const k=n>=s?"pass":"fail",A=k==="pass"?"all ready":"not ready",R=`${Number(((o??0)/$*100).toFixed(2))}%`,j=r`<svg class="lapse" width="100%" height="6" aria-hidden="true"><rect class="bar" width="${R}" height="6" rx="3"/></svg>`,ue=u.map(Tt=>ae(i.filter(jt=>jt===Tt).length));return r`<tr><th scope="row">${t}<span class="kind">${e}</span></th><td class="number ready ${k}">${S(k)}<span class="unseen">${A}: </span>${n}/${s}</td><td class="after">${(0,a.Xo)(o)}${j}</td>${ue}</tr>
`}const K=12;function ae(e){if(e===0)return r`<td class="node"><span class="unseen">no pod</span></td>`;if(e>4)return r`<td class="node">${(0,a.B4)(e)}</td>`;const t=Array.from({length:e},(n,s)=>r`<circle cx="${s*K+K/2}" cy="6" r="4.5"/>`);return r`<td class="node"><svg class="pods" width="${e*K}" height="12" aria-hidden="true">${t}</svg><span class="unseen">${(0,a.LS)(e,"pod")}</span></td>`}function X({metrics:e=[]}){if(e.length===0)return"";const t=e.map(n=>r`<div><dt>${n.name}<span class="note">${n.note}</span></dt><dd>${(0,d.a3)(n)}</dd></div>\n`);return r`<section class="card" aria-labelledby="metrics"><h2 id="metrics">Key metrics <span class="aside">as Argo CD measured them</span></h2>
<dl class="metrics">
${t}</dl></section>`}function Y({changes:e=[],backup:t,drill:n}){const s=(0,d.hu)(e);if(s.length===0)return"";const o=s.filter(k=>k.class==="loss").length,i=o>0?(0,a.LS)(o,"loss","losses"):"migrations only, nothing is lost",u=s.length-F,$=u>0?r`<tr><td colspan="4" class="more">${(0,a.B4)(u)} more are listed in report.json.</td></tr>`:"";return r`<section class="card" aria-labelledby="changes"><h2 id="changes">Upgrade rehearsal: Argo CD ${(0,d.e4)(t?.argocdVersion,n?.argocdVersion)} <span class="aside">${i}</span></h2>
<table class="changes"><thead><tr><th scope="col">Class</th><th scope="col">Field</th><th scope="col">What</th><th scope="col">Objects</th></tr></thead>
<tbody>
${s.slice(0,F).map(ce)}${$}</tbody></table></section>`}function ce({class:e,kind:t,path:n,what:s,objects:o}){return r`<tr><td><span class="pill bare ${e==="loss"?"fail":"skipped"}">${e}</span></td><td>${t}<span class="code path">${n||"the whole object"}</span></td><td>${s}</td><td><b>${(0,a.B4)(o.length)}</b> <span class="code">${(0,E.z)(o,G)}</span></td></tr>
`}const le=20,J=200,l=200;function c(e){const t=(0,d.vE)(e);if(t.length===0)return"";const n=t.some(o=>o.restored!==null),s=n?r`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`:r`<th scope="col" class="number">In the backup</th>`;return r`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${s}</tr></thead>
<tbody>
${t.map(o=>f(o,n))}</tbody>
<tfoot>${f((0,d.Sd)(t),n)}</tfoot></table></section>`}function f(e,t){const n=r`<th scope="row">${e.kind}</th><td class="number">${(0,a.B4)(e.expected)}</td>`;if(!t)return r`<tr>${n}</tr>\n`;const s=(0,d.As)(e)?"pass":"fail",o=(0,d.As)(e)?"equal":"differs";return r`<tr>${n}<td class="number">${(0,a.B4)(e.restored??0)}</td><td class="mark">${S(s)}<span class="unseen">${o}</span></td></tr>
`}function p(e){const t=(0,d.R8)(e),n=t.length===0?r`<p class="none">No check was made: nothing is proven about the backup.</p>`:t.map(m);return t.length===0&&(e.mode==="install"||e.mode==="backup")?r``:r`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${(0,d.N4)(e.checks)}</span></h2>
${n}</section>`}function m({level:e,checks:t}){return r`<h3>Level ${e} <span class="aside">${(0,d.N4)(t)}</span></h3>
<ul class="checks">
${t.map(y)}</ul>
`}function y({id:e,status:t,evidence:n,details:s=[],doesNotProve:o,durationMs:i}){const u=o?r`<p class="limits"><span class="label">Does not prove:</span> ${o}</p>`:"";return r`<li class="check"><div class="head"><span class="pill ${t}">${S(t)}${t}</span><span class="took">${(0,a._V)(i)}</span></div>
<div class="shown"><h4 class="code">${e}</h4><p class="evidence">${n}</p>${I(s)}</div>${u}</li>
`}function I(e){if(e.length===0)return"";const t=e.length-J,n=e.slice(0,J).map(o=>r`<li>${o}</li>\n`),s=t>0?r`<li class="more">${(0,a.B4)(t)} more are listed in report.json.</li>\n`:"";return r`<details class="unfold"><summary>${(0,a.LS)(e.length,"line")} of detail</summary><ul class="code">
${n}${s}</ul></details>`}function N(e){const{differences:t}=e;if(t.length===0)return"";let n=l;const s=(0,d.uR)(t).map(o=>{const i=o.differences.slice(0,Math.min(le,n));return n-=i.length,Q(o,i)});return r`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${(0,a.B4)(t.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${s}</table></section>`}function Q({problem:e,kind:t,differences:n},s){const o=n.length-s.length,i=s.map($=>r`<tr><td class="code">${(0,d.Hd)($)}</td><td class="code">${$.path||"the whole object"}</td></tr>\n`),u=o>0?r`<tr><td colspan="2" class="more">${(0,a.B4)(o)} more are listed in report.json.</td></tr>\n`:"";return r`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${t} ${e} <span class="aside">${(0,a.B4)(n.length)}</span></th></tr>
${i}${u}</tbody>
`}function W({warnings:e}){if(e.length===0)return"";const t=e.map(n=>r`<li>${n}</li>\n`);return r`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${t}</ul></section>`}const ke=12;function we({tools:e}){if(e.length===0)return"";const t=e.map(({name:n,version:s,source:o,sha256:i})=>r`<tr><th scope="row">${n}</th><td>${s}</td><td>${o}</td><td class="code digest">${i.slice(0,ke)||"\u2013"}</td></tr>\n`);return r`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${t}</tbody></table></section>`}function Se(e){const t=[...Te(e),...je(e),...De(e)];return t.length===0?r``:r`<section aria-label="Key figures"><dl class="tiles">
${t.map(Ee)}</dl></section>`}function Ee({label:e,value:t,note:n}){return r`<div class="tile"><dt>${e}</dt><dd class="value">${t}</dd><dd class="note">${n}</dd></div>
`}function Te({mode:e,rpoSeconds:t,rtoSeconds:n}){return e==="install"||e==="backup"?[]:[{label:"RPO achieved",value:(0,a.Xo)(t),note:t===null?"not measured":"age of the backup at the start"},{label:"RTO achieved",value:(0,a.Xo)(n),note:n===null?"not measured":"first step to last check"}]}function je(e){const t=(0,d.vE)(e),n=(0,d.Sd)(t),s=[];if(e.level&&s.push({label:"Level",value:e.level,note:`checks: ${(0,d.N4)(e.checks)}`}),t.length===0)return s;const[o,i]=n.restored===null?[(0,a.B4)(n.expected),"in the backup"]:[`${(0,a.B4)(n.restored)} / ${(0,a.B4)(n.expected)}`,"restored / expected"];return[...s,{label:"Objects",value:o,note:i}]}function De({backup:e,drill:t}){const n=[];if(e||t){const s=e&&t?"backup and drill":e?"of the source":"installed",o=(0,d.e4)(e?.argocdVersion,t?.argocdVersion),i=(0,d.e4)(e?.kubernetesVersion,t?.kubernetesVersion);n.push({label:"Argo CD",value:o,note:s},{label:"Kubernetes",value:i,note:s})}if(e&&n.push({label:"Backup",value:(0,a.z3)(e.bytes),note:(0,a.fU)(e.createdAt)}),t){const{clusterName:s,nodes:o}=t,u=[o===void 0?"":(0,a.LS)(o,"node"),s].filter(Boolean).join(", ")||"provider of the drill";n.push({label:"Cluster",value:t.clusterProvider,note:u})}return n}const fe=[`:root{color-scheme:light dark;
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
`),Z=6e4,q=60*Z,he=24*q,me=6,Ae=3,Re=[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,15e3,3e4,...[1,2,5,10,15,30].map(e=>e*Z),...[1,2,6,12].map(e=>e*q)];function ge(e){const t=Re.find(n=>e/n<=me)??Math.ceil(e/me/he)*he;return Array.from({length:Math.floor(e/t)+1},(n,s)=>s*t)}function _e(e){return e===0?"0":e<1e3?`${e} ms`:e<Z?`${e/1e3} s`:e<q?`${e/Z} min`:`${e/q} h`}const Oe=16;function Me(e){if(e.length===0)return r`<p class="none">The run ended before its first phase.</p>`;const t=Math.max(...e.map(({endMs:s})=>s),1),n=e.length>Oe?" dense":"";return r`<ol class="timeline${n}">
${(0,d.K9)(e).map(s=>Ie(s,t))}</ol>
${ze(t)}`}function Ie(e,t){const{name:n,startMs:s,endMs:o,depth:i}=e;return r`<li class="depth${Math.min(i,Ae)}"><span class="phase">${n}</span>${Le(e,t)}<span class="took"><span class="unseen">starts at ${(0,a._V)(s)}, takes </span>${(0,a._V)(o-s)}</span></li>
`}function Le({startMs:e,endMs:t,encloses:n},s){const o=ee(e,s),i=ee(Math.max(0,t-e),s),u=ge(s).map($=>{const k=ee($,s);return r`<line class="grid" x1="${k}" x2="${k}" y1="0" y2="100%"/>`});return r`<svg class="track" width="100%" height="26" aria-hidden="true">${u}<line class="start" x1="${o}" x2="${o}" y1="6" y2="20"/><rect class="bar${n?" outer":""}" x="${o}" y="6" width="${i}" height="14" rx="3"/></svg>`}function ze(e){const t=ge(e).map(n=>{const s=n/e,o=s>.9?"end":s<.05?"start":"middle";return r`<text x="${ee(n,e)}" y="14" text-anchor="${o}">${_e(n)}</text>`});return r`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${t}</svg></div>`}function ee(e,t){return`${Number((e/t*100).toFixed(4))}%`}const Ce=18,Ne=["default-src 'none'",`style-src 'sha256-${(0,g.createHash)("sha256").update(fe).digest("base64")}'`,"base-uri 'none'","form-action 'none'"].join("; ");function Be(e){return`${r`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new T(Ne)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${e.verdict} · ${(0,d.i2)(e)}</title>
<style>${new T(fe)}</style>
</head>
<body>
${Pe(e)}
<main>
${Ue(e)}
${se(e)}
${Se(e)}
${N(e)}
${W(e)}
${Y(e)}
${Fe(e)}
${oe(e)}
${p(e)}
${Ve(e)}
</main>
${We(e)}
</body>
</html>
`}`}function Pe(e){return r`<header class="top"><span class="brand">argocd-dr</span><span class="what">${(0,d.i2)(e)}</span><time>${(0,a.fU)(e.startedAt)}</time></header>`}function Ue(e){const t=(0,d.YV)(e),n=e.verdict.replace("_"," "),s=e.exitCode===0?"":r`<p class="exit">Exit code ${e.exitCode}: ${(0,d.k7)(e)}</p>`;return r`<section class="hero ${t}" aria-labelledby="verdict">
${S(t)}
<div><h1 id="verdict">${n}</h1><p class="message">${e.message}</p>${s}</div>
</section>`}function Fe(e){const t=r`<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${Me(e.phases)}</section>`;return e.phases.length>Ce?r`${t}
<div class="pair even">
${c(e)}
${X(e)}
</div>`:r`<div class="pair">
${t}
${c(e)}
</div>
${X(e)}`}function Ve(e){return r`<div class="pair even">
${we(e)}
${Ke(e)}
</div>`}function Ke({backup:e}){return e?r`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${(0,a.fU)(e.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${(0,a.z3)(e.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${e.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${e.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${e.sha256}</dd></div>
</dl></section>`:""}function We(e){return r`<footer><p>Started ${(0,a.fU)(e.startedAt)}, finished ${(0,a.fU)(e.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${e.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`}function He(e){const t=(0,d.R8)(e).map(i=>Ye(e,i));e.exitCode!==v.dc.pass&&!e.checks.some(Xe)&&t.push(Ze(e));const n=t.reduce((i,u)=>i+u.failures,0),s=t.reduce((i,u)=>i+u.errors,0),o=t.reduce((i,u)=>i+u.tests,0);return`${r`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${e.mode}" tests="${o}" failures="${n}" errors="${s}" time="${ne($e(e))}">
${t.map(i=>i.xml)}</testsuites>
`}`}const Ge=["fail","error","timed-out"],Xe=({status:e})=>Ge.includes(e),xe=100;function Ye(e,{level:t,checks:n}){const s=A=>n.filter(R=>R.status===A).length,[o,i]=[s("fail"),s("skipped")],u=s("error")+s("timed-out"),$=ne(n.reduce((A,R)=>A+R.durationMs,0)),k=r`  <testsuite name="${t}" tests="${n.length}" failures="${o}" errors="${u}" skipped="${i}" time="${$}" timestamp="${be(e)}">
${n.map(Je)}  </testsuite>
`;return{tests:n.length,failures:o,errors:u,xml:k}}function Je(e){return r`    <testcase classname="argocd-dr.${e.level}" name="${e.id}" time="${ne(e.durationMs)}">
${Qe(e)}      <system-out>${te(e)}</system-out>
    </testcase>
`}function Qe(e){const{status:t,evidence:n}=e;switch(t){case"pass":return"";case"fail":return r`      <failure message="${n}" type="fail">${te(e)}</failure>\n`;case"error":return r`      <error message="${n}" type="error">${te(e)}</error>\n`;case"timed-out":return r`      <error message="${n}" type="TIMED_OUT">${te(e)}</error>\n`;case"skipped":return r`      <skipped message="${n}"/>\n`}}function te({evidence:e,doesNotProve:t,details:n=[]}){const s=n.length-xe;return[e,...t?[`Does not prove: ${t}`]:[],...n.slice(0,xe),...s>0?[`and ${s} more lines, in report.json`]:[]].join(`
`)}function Ze(e){const t=e.verdict==="INFRA_ERROR"?1:0,n=ne($e(e)),s=`exit code ${e.exitCode}: ${(0,d.k7)(e)}`,o=t?r`<error message="${e.message}" type="${s}"/>`:r`<failure message="${e.message}" type="${s}"/>`,i=r`  <testsuite name="run" tests="1" failures="${1-t}" errors="${t}" skipped="0" time="${n}" timestamp="${be(e)}">
    <testcase classname="argocd-dr.run" name="${e.mode}" time="${n}">
      ${o}
    </testcase>
  </testsuite>
`;return{tests:1,failures:1-t,errors:t,xml:i}}function $e({startedAt:e,finishedAt:t}){return Math.max(0,Date.parse(t)-Date.parse(e))||0}function be({startedAt:e}){return e.slice(0,19)}function ne(e){return(e/1e3).toFixed(3)}var qe=x(8850);const et=1e3*1024,ve=2e3,de=50,ye=50,tt=3,B={pass:"\u2705",fail:"\u274C",partial:"\u{1F7E1}",error:"\u26A0\uFE0F","timed-out":"\u23F1\uFE0F",skipped:"\u23ED\uFE0F"},nt={...B,unasked:"\u25AB\uFE0F"};function st(e){const t=[rt(e),at(e),it(e),ht(e),lt(e),gt(e),dt(e),ct(e),pt(e),xt(e),$t(e)];return ot(t.filter(Boolean),et)}function ot(e,t){const n=`_Left out to keep this summary small; see report.json and report.html._
`,s=[];let o=t-Buffer.byteLength(n);for(const i of e){if(o-=Buffer.byteLength(i)+1,o<0)return[...s,n].join(`
`);s.push(i)}return s.join(`
`)}function rt(e){const t=e.exitCode===0?"":` \xB7 exit code ${e.exitCode}: ${(0,d.k7)(e)}`;return`## ${B[(0,d.YV)(e)]} ${e.verdict} \xB7 ${(0,d.i2)(e)}${t}

${P(e.message)}
`}function it(e){const{backup:t,drill:n}=e,s=(0,d.Sd)((0,d.vE)(e)),o=[e.rpoSeconds!==null&&["RPO achieved",(0,a.Xo)(e.rpoSeconds)],e.rtoSeconds!==null&&["RTO achieved",(0,a.Xo)(e.rtoSeconds)],e.level&&["Level",e.level],e.checks.length>0&&["Checks",(0,d.N4)(e.checks)],s.restored!==null&&["Objects",`${(0,a.B4)(s.restored)} restored of ${(0,a.B4)(s.expected)}`],t&&["Backup",`${(0,a.fU)(t.createdAt)}, ${(0,a.z3)(t.bytes)}`],(t||n)&&["Argo CD",(0,d.e4)(t?.argocdVersion,n?.argocdVersion)],(t||n)&&["Kubernetes",(0,d.e4)(t?.kubernetesVersion,n?.kubernetesVersion)],n&&["Drill cluster",(0,d.gc)(n)]].filter(i=>Array.isArray(i));return o.length===0?"":M(["Figure","Value"],o)}function at(e){const t=(0,d.T1)(e).map(({level:n,state:s,note:o})=>`${nt[s]} ${n} (${o})`);return t.length===0?"":`${t.join(" \u203A ")}
`}function ct({workloads:e=[],metrics:t=[],drill:n}){const s=e.map(({kind:u,name:$,ready:k,wanted:A,seconds:R,nodes:j})=>[k>=A?B.pass:B.fail,`${u} ${$}`,`${k} of ${A}`,(0,a.Xo)(R),j.map(ue=>(0,d.bb)(ue,n?.clusterName)).join(", ")||"\u2013"]),o=t.map(u=>[u.name,(0,d.a3)(u),u.note]),i=[s.length>0?M(["","Workload","Ready","After","Nodes"],s):"",o.length>0?M(["Metric","Value",""],o):""].filter(Boolean);return i.length===0?"":C("Argo CD in the drill",i.join(`
`))}function lt({changes:e=[],backup:t,drill:n}){const s=(0,d.hu)(e);if(s.length===0)return"";const o=s.filter(j=>j.class==="loss").length,i=s.slice(0,de),u=i.map(j=>[j.class==="loss"?`${B.fail} loss`:"migration",j.kind,j.path||"the whole object",j.what,`${(0,a.B4)(j.objects.length)}: ${(0,E.z)(j.objects,tt)}`]),$=s.length-i.length,k=$>0?`
${(0,a.B4)($)} more are in report.json.
`:"",A=M(["Class","Kind","Field","What","Objects"],u)+k,R=`Changes from Argo CD ${P((0,d.e4)(t?.argocdVersion,n?.argocdVersion))}`;return o>0?`### ${R}: ${(0,a.LS)(o,"loss","losses")}

${A}`:C(R,A)}function dt(e){const t=(0,d.vE)(e).map(n=>[n.kind,(0,a.B4)(n.expected),n.restored===null?"\u2013":(0,a.B4)(n.restored),{true:"\u2705 complete",false:"\u274C differs",null:"not counted"}[`${(0,d.As)(n)}`]]);return t.length===0?"":C("Objects per kind",M(["Kind","Expected","Restored","State"],t))}function pt(e){const t=(0,d.R8)(e).flatMap(o=>o.checks.map(ft));if(t.length===0)return"";const n=["Status","Check","Evidence","Does not prove","Took"],s=e.checks.map(ut).filter(Boolean);return C(`Checks: ${(0,d.N4)(e.checks)}`,[M(n,t),...s].join(`
`))}function ut({id:e,details:t=[]}){if(t.length===0)return"";const n=t.length-ye,s=n>0?`- and ${(0,a.B4)(n)} more: report.json lists all of them
`:"",o=t.slice(0,ye).map(i=>`- ${P(i)}
`);return C(`${P(e)}: ${(0,a.LS)(t.length,"line")}`,o.join("")+s)}function ft(e){const{status:t,id:n,evidence:s,doesNotProve:o,durationMs:i}=e;return[`${B[t]} ${t}`,n,s,o,(0,a._V)(i)]}function ht(e){const t=(0,d.uR)(e.differences).flatMap(i=>i.differences);if(t.length===0)return"";const n=t.length-de,s=n>0?`
${(0,a.B4)(n)} more are in report.json.
`:"",o=t.slice(0,de).map(mt);return`### ${(0,a.LS)(t.length,"difference")}

${M(["Problem","Kind","Object","Path"],o)}${s}`}function mt(e){return[e.problem,e.kind,(0,d.Hd)(e),e.path]}function gt(e){return e.warnings.length===0?"":`### Warnings

${e.warnings.map(t=>`- ${P(t)}
`).join("")}`}function xt(e){const t=(0,d.K9)(e.phases).map(({name:n,startMs:s,endMs:o,depth:i})=>[`${"\u203A ".repeat(i)}${n}`,(0,a._V)(s),(0,a._V)(o-s)]);return t.length===0?"":C("Phases",M(["Phase","Began after","Took"],t))}function $t(e){const t=e.tools.map(({name:n,version:s,source:o})=>[n,s,o]);return t.length===0?"":C("Tools",M(["Tool","Version","Source"],t))}function C(e,t){return`<details>
<summary>${e}</summary>

${t}
</details>
`}function M(e,t){const n=s=>`| ${s.join(" | ")} |
`;return n(e)+n(e.map(()=>"---"))+t.map(s=>n(s.map(P))).join("")}function P(e){const t=(0,a.TN)(e);return(t.length>ve?`${t.slice(0,ve).toWellFormed()}\u2026`:t).replace(/[\\`*_[\]{}~#|!]/g,"\\$&").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;")}var bt=function(e,t,n){if(t!=null){if(typeof t!="object"&&typeof t!="function")throw new TypeError("Object expected.");var s,o;if(n){if(!Symbol.asyncDispose)throw new TypeError("Symbol.asyncDispose is not defined.");s=t[Symbol.asyncDispose]}if(s===void 0){if(!Symbol.dispose)throw new TypeError("Symbol.dispose is not defined.");s=t[Symbol.dispose],n&&(o=s)}if(typeof s!="function")throw new TypeError("Object not disposable.");o&&(s=function(){try{o.call(this)}catch(i){return Promise.reject(i)}}),e.stack.push({value:t,dispose:s,async:n})}else n&&e.stack.push({async:!0});return t},vt=(function(e){return function(t){function n(u){t.error=t.hasError?new e(u,t.error,"An error was suppressed during disposal."):u,t.hasError=!0}var s,o=0;function i(){for(;s=t.stack.pop();)try{if(!s.async&&o===1)return o=0,t.stack.push(s),Promise.resolve().then(i);if(s.dispose){var u=s.dispose.call(s.value);if(s.async)return o|=2,Promise.resolve(u).then(i,function($){return n($),i()})}else o|=1}catch($){n($)}if(o===1)return t.hasError?Promise.reject(t.error):Promise.resolve();if(t.hasError)throw t.error}return i()}})(typeof SuppressedError=="function"?SuppressedError:function(e,t,n){var s=new Error(n);return s.name="SuppressedError",s.error=e,s.suppressed=t,s});async function yt(e,t,n={}){const s=wt(e);kt(t);const o={json:(0,b.join)(t,"report.json"),html:(0,b.join)(t,"report.html"),junit:(0,b.join)(t,"junit.xml")};return await pe(o.json,`${JSON.stringify(s,null,2)}
`),await pe(o.html,Be(s)),await pe(o.junit,He(s)),n.stepSummary&&await Et(n.stepSummary,s),o}function kt(e){try{(0,L.w)(e)}catch(t){throw(0,v.aY)(`report-dir ${e} cannot be created; name a folder that this user may write to`,t)}}function wt(e){const{success:t,data:n,error:s}=qe.Qh.safeParse(e);if(t)return n;const o=O.S1(s);throw new v.T2(v.dc.unexpected,`the report breaks its own schema; this is an error in argocd-dr, please report it:
${o}`)}async function pe(e,t){const n=`${e}.${(0,g.randomUUID)()}.tmp`;try{await St(n,t),await(0,D.rename)(n,e)}catch(s){throw await(0,D.rm)(n,{force:!0}),(0,v.d0)(`${e} cannot be written; check free space and permissions of report-dir`,s)}}async function St(e,t){const n={stack:[],error:void 0,hasError:!1};try{const s=bt(n,await(0,D.open)(e,"wx",420),!0);await s.chmod(420),await s.writeFile(t),await s.sync()}catch(s){n.error=s,n.hasError=!0}finally{const s=vt(n);s&&await s}}async function Et(e,t){await(0,D.appendFile)(e,st(t)).catch(n=>{throw(0,v.d0)(`the job summary cannot be appended to ${e}, which GITHUB_STEP_SUMMARY names`,n)})}})};export{Bt as id,Pt as ids,Ut as modules};
