"""The inbox as a web page: one self-contained document that asks ``/_local/inbox`` for news, and signs users up.

No message is in it, and what others have written is only ever text, but for a mail's HTML. That is shown where it can
run nothing and fetch nothing: in a frame with an empty ``sandbox``, which has the page's own policy too.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

_STYLE: Final = """
:root{color-scheme:light dark;
--paper:#eef0f3;--phone:#fff;--bubble:#e4e7eb;--ink:#16181c;--quiet:#5b6472;--mark:#0a66c2}
@media(prefers-color-scheme:dark){
:root{--paper:#0e1013;--phone:#181b20;--bubble:#2a2f37;--ink:#f1f3f5;--quiet:#9aa3af;--mark:#6ab0ff}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
header,main>*,form{max-width:72rem;margin:0 auto;padding:1rem}
header,form{display:flex;gap:.75rem;align-items:end;flex-wrap:wrap}
h1{font-size:1.25rem;margin:0;flex:1}
button,input,select{font:inherit;border:1px solid var(--quiet);background:none;color:inherit;border-radius:.5rem;
padding:.25rem .75rem;max-width:100%}
label{display:grid;font-size:.85rem;color:var(--quiet)}
#phones{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(19rem,100%),1fr))}
section{background:var(--phone);border-radius:1.75rem;padding:1rem;min-height:16rem;box-shadow:0 1px 4px #0003}
h2{font-size:.95rem;margin:.25rem 0 1rem;font-weight:600;overflow-wrap:anywhere}
#phones h2{text-align:center}
article{background:var(--bubble);border-radius:1.1rem 1.1rem 1.1rem .3rem;padding:.6rem .9rem;margin:.4rem 2rem 0 0;
white-space:pre-wrap;overflow-wrap:anywhere}
article b{color:var(--mark);font-variant-numeric:tabular-nums}
small{display:block;color:var(--quiet);margin:.15rem 0 .6rem .4rem;overflow-wrap:anywhere}
#mail section{display:grid;gap:1rem;grid-template-columns:minmax(12rem,1fr) 3fr;border-radius:.75rem}
#list button{display:block;width:100%;text-align:start;border:0;border-radius:.5rem;overflow-wrap:anywhere}
#list button[aria-current]{background:var(--bubble)}
#list small{margin:0}
#shown{min-width:0}
#forms{display:flex;gap:1rem;flex-wrap:wrap}
#forms>*{flex:1 1 18rem;min-width:0;height:30rem;margin:0;border:1px solid var(--bubble);border-radius:.5rem}
pre{padding:.75rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.45 ui-monospace,monospace}
@media(max-width:40rem){#mail section{grid-template-columns:minmax(0,1fr)}}
#none{color:var(--quiet);padding:2rem;text-align:center}
"""

_SCRIPT: Final = """
const names={sns:"SNS",sns_topic:"SNS topic",end_user_messaging:"End User Messaging",notify:"Notify",
twilio:"Twilio",twilio_verify:"Twilio Verify",vonage:"Vonage",whatsapp:"WhatsApp",slack:"Slack",telnyx:"Telnyx",
resend:"Resend",postmark:"Postmark",sendgrid:"SendGrid",mailgun:"Mailgun",
webhook:"Webhook",email:"Cognito e-mail",ses:"SES",smtp:"SMTP"};
const at=id=>document.getElementById(id);
let shown="",chosen=null;
function node(tag,text){const e=document.createElement(tag);if(text!==undefined)e.textContent=text;return e}
function origin(m){return `${names[m.channel]||m.channel}${m.meta.native?", sent by Cognito itself":""} · `+
 new Date(m.at).toLocaleTimeString()}
const from=m=>m.meta.from?.email?`${m.meta.from.name} <${m.meta.from.email}>`:m.meta.from;
function bubble(m){const a=node("article");
 for(const part of m.text.split(/(\\b\\d{4,8}\\b)/)){a.append(/^\\d{4,8}$/.test(part)?node("b",part):part)}
 return [a,node("small",origin(m))]}
function phones(messages){
 const all=new Map();
 for(const m of messages){if(!all.has(m.to))all.set(m.to,[]);all.get(m.to).push(m)}
 at("phones").replaceChildren(...[...all].reverse().map(([to,list])=>{
  const s=node("section");s.append(node("h2",to),...list.flatMap(bubble));return s}))}
function mail(messages){
 at("mail").hidden=!messages.length;
 if(!messages.length)return;
 const open=messages.find(m=>m.id===chosen)||messages[0];
 at("list").replaceChildren(...messages.map(m=>{
  const b=node("button",m.meta.subject||"(no subject)");b.type="button";
  if(m===open)b.setAttribute("aria-current","true");
  b.append(node("small",from(m)||origin(m)),node("small","to "+m.to));
  b.onclick=()=>{chosen=m.id;mail(messages)};return b}));
 if(at("shown").dataset.id===open.id)return;
 at("shown").dataset.id=open.id;
 const forms=node("div");forms.id="forms";
 if(open.meta.html){const f=node("iframe");f.title="The mail as HTML";f.setAttribute("sandbox","");
  f.srcdoc=open.meta.html;forms.append(f)}
 forms.append(node("pre",open.text));
 const facts=[["From",from(open)],["Reply to",[open.meta.reply_to].flat().join(", ")],["To",open.to]];
 at("shown").replaceChildren(node("h2",open.meta.subject||"(no subject)"),
  ...facts.filter(f=>f[1]).map(f=>node("small",f.join(": "))),node("small",origin(open)),forms)}
async function refresh(){
 try{
  const text=await(await fetch("/_local/inbox")).text();
  at("state").textContent="";
  if(text===shown)return;shown=text;
  const messages=JSON.parse(text),isMail=m=>m.meta.subject&&/^[^/]+@[^/]+$/.test(m.to);
  at("none").hidden=messages.length>0;
  phones(messages.filter(m=>!isMail(m)));mail(messages.filter(isMail).reverse());
 }catch(e){at("state").textContent="The embedded AWS has stopped."}}
async function clients(){
 const all=await(await fetch("/_local/clients")).json();
 if(JSON.stringify(all.map(c=>c.id))===JSON.stringify([...at("client").options].map(o=>o.value)))return;
 at("client").replaceChildren(...all.map(c=>{const o=node("option",`${c.pool}, ${c.name}`);o.value=c.id;return o}));
 at("play").hidden=!all.length;at("which").hidden=all.length<2}
async function cognito(operation,request,done){
 const answer=await fetch("/",{method:"POST",headers:{"Content-Type":"application/x-amz-json-1.1",
  "X-Amz-Target":"AWSCognitoIdentityProviderService."+operation},
  body:JSON.stringify({ClientId:at("client").value,Username:at("to").value.trim(),...request})});
 const body=await answer.json();
 at("said").textContent=answer.ok?done(body):`${body.__type}: ${body.message}`;refresh()}
const sent=body=>body.CodeDeliveryDetails?`A code is on its way to ${body.CodeDeliveryDetails.Destination}.`:
 "Cognito sent no code: the pool does not verify this.";
const act={
 up(){const to=at("to").value.trim(),attributes=[{Name:to.includes("@")?"email":"phone_number",Value:to}];
  if(at("locale").value.trim())attributes.push({Name:"locale",Value:at("locale").value.trim()});
  return cognito("SignUp",{Password:"Correct-horse-7",UserAttributes:attributes},sent)},
 again:()=>cognito("ResendConfirmationCode",{},sent),
 confirm:()=>cognito("ConfirmSignUp",{ConfirmationCode:at("code").value.trim()},()=>"The user is confirmed.")};
at("play").onsubmit=event=>{event.preventDefault();act[event.submitter.value]()};
at("clear").onclick=async()=>{await fetch("/_local/inbox",{method:"DELETE"});refresh()};
refresh();clients();setInterval(refresh,1000);setInterval(clients,5000);
"""


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


# A mail styles itself, and inherits this: pictures, fonts, scripts and forms of its own stay out.
_POLICY: Final = (
    f"default-src 'none'; script-src {_digest(_SCRIPT)}; style-src 'unsafe-inline'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

PAGE: Final = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Inbox of the embedded AWS</title>
<style>{_STYLE}</style></head><body>
<header><h1>Inbox</h1><span id="state" role="status"></span><button id="clear" type="button">Empty it</button></header>
<form id="play" hidden>
<label id="which">App <select id="client"></select></label>
<label>Number or e-mail address <input id="to" required autocomplete="off" placeholder="+4915112345678"></label>
<label>Language <input id="locale" size="6" autocomplete="off" placeholder="en"></label>
<button value="up">Sign up</button><button value="again">Send again</button>
<label>Code <input id="code" size="9" autocomplete="off"></label><button value="confirm">Confirm</button>
<span id="said" role="status"></span></form>
<main><p id="none">No message yet. Sign a user up, and it will appear here.</p>
<div id="phones"></div><div id="mail" hidden><section><div id="list"></div><div id="shown"></div></section></div></main>
<script>{_SCRIPT}</script></body></html>
"""
