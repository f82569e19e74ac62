// Writes holidays.json, the referee of the calendars: npm i date-holidays@3.37.0 chinese-days@1.5.7 && node holidays.cjs
const H=require("date-holidays");const c=require("chinese-days");const fs=require("fs");
const iso=d=>d.toISOString().slice(0,10);
const places=["US","FR","GB-ENG","GB-WLS","GB-SCT","GB-NIR","AT",..."BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH".split(" ").map(x=>"DE-"+x),"CH"];
const out={};
for(const pl of places){const [co,re]=pl.split("-");const h=re?new H(co,re):new H(co);
 out[pl]={};
 for(const y of [2025,2026,2027,2028]){const days=new Set();
  for(const x of h.getHolidays(y)){if(x.type!=="public"&&!(co==="GB"&&x.type==="bank"))continue;
   // civil days
   let d=new Date(x.date.slice(0,10)+"T00:00:00Z");const wd=d.getUTCDay();if(wd===0||wd===6)continue;days.add(x.date.slice(0,10));}
  out[pl][y]=[...days].sort();}}
out["CN"]={};
for(const y of [2025,2026]){const a=[],w=[];for(let d=new Date(Date.UTC(y,0,1));d.getUTCFullYear()==y;d.setUTCDate(d.getUTCDate()+1)){const s=iso(d),wd=d.getUTCDay();const off=c.isHoliday(s);if(off&&wd!=0&&wd!=6)a.push(s);if(!off&&(wd==0||wd==6))w.push(s)}out.CN[y]=a;out.CN[y+" worked"]=w;}
fs.writeFileSync("holidays.json","{\n"+Object.keys(out).map(k=>"  "+JSON.stringify(k)+": {\n"+Object.keys(out[k]).map(y=>"    "+JSON.stringify(y)+": "+JSON.stringify(out[k][y])).join(",\n")+"\n  }").join(",\n")+"\n}\n");
