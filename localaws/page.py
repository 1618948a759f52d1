"""The inbox as a web page: one self-contained document that asks ``/_local/inbox`` for news. No message is in it."""

from __future__ import annotations

from typing import Final

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Inbox of the embedded AWS</title>
<style>
:root{color-scheme:light dark;
--paper:#eef0f3;--phone:#fff;--bubble:#e4e7eb;--ink:#16181c;--quiet:#6b7280;--mark:#0a66c2}
@media(prefers-color-scheme:dark){
:root{--paper:#0e1013;--phone:#181b20;--bubble:#2a2f37;--ink:#f1f3f5;--quiet:#9aa3af;--mark:#6ab0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
header{max-width:72rem;margin:0 auto;padding:1.5rem 1rem .5rem;display:flex;gap:1rem;align-items:baseline;
flex-wrap:wrap}
h1{font-size:1.25rem;margin:0;flex:1}
button{font:inherit;border:1px solid var(--quiet);background:none;color:inherit;border-radius:.5rem;
padding:.25rem .75rem}
main{max-width:72rem;margin:0 auto;padding:1rem;display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(19rem,1fr))}
section{background:var(--phone);border-radius:1.75rem;padding:1rem;min-height:16rem;box-shadow:0 1px 4px #0003}
h2{font-size:.95rem;text-align:center;margin:.25rem 0 1rem;font-weight:600}
article{background:var(--bubble);border-radius:1.1rem 1.1rem 1.1rem .3rem;padding:.6rem .9rem;margin:.4rem 2rem 0 0;
white-space:pre-wrap;overflow-wrap:anywhere}
article b{color:var(--mark);font-variant-numeric:tabular-nums}
small{display:block;color:var(--quiet);margin:.15rem 0 .6rem .4rem}
#none{color:var(--quiet);padding:2rem;grid-column:1/-1;text-align:center}
</style></head><body>
<header><h1>Inbox</h1><span id="state" role="status"></span><button id="clear" type="button">Empty it</button></header>
<main id="phones"><p id="none">No message yet. Sign a user up, and it will appear here.</p></main>
<script>
const names={sns:"SNS",sns_topic:"SNS topic",end_user_messaging:"End User Messaging",notify:"Notify",
twilio:"Twilio",twilio_verify:"Twilio Verify",vonage:"Vonage",whatsapp:"WhatsApp",slack:"Slack",telnyx:"Telnyx",
webhook:"Webhook",email:"Cognito e-mail"};
let shown="";
function node(tag,text){const e=document.createElement(tag);if(text!==undefined)e.textContent=text;return e}
function bubble(m){const a=node("article");
 for(const part of m.text.split(/(\\b\\d{4,8}\\b)/)){a.append(/^\\d{4,8}$/.test(part)?node("b",part):part)}
 const at=new Date(m.at).toLocaleTimeString();
 const small=node("small",`${names[m.channel]||m.channel}${m.meta.native?", sent by Cognito itself":""} · ${at}`);
 return [a,small]}
async function refresh(){
 try{
  const text=await(await fetch("/_local/inbox")).text();
  document.getElementById("state").textContent="";
  if(text===shown)return;shown=text;
  const phones=new Map();
  for(const m of JSON.parse(text)){if(!phones.has(m.to))phones.set(m.to,[]);phones.get(m.to).push(m)}
  const main=document.getElementById("phones");main.replaceChildren();
  if(!phones.size){const p=node("p","No message yet. Sign a user up, and it will appear here.");
   p.id="none";main.append(p)}
  for(const [to,messages] of [...phones].reverse()){const s=node("section");s.append(node("h2",to));
   for(const m of messages)s.append(...bubble(m));main.append(s)}
 }catch(e){document.getElementById("state").textContent="The embedded AWS has stopped."}
}
document.getElementById("clear").onclick=async()=>{await fetch("/_local/inbox",{method:"DELETE"});refresh()};
refresh();setInterval(refresh,1000);
</script></body></html>
"""
