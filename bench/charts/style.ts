/** How the report looks. Wide tables scroll by themselves; charts shrink with the screen. */
export const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto;
  padding: 12px; max-width: 960px; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 3px 8px; border-bottom: 1px solid #e4e4e4; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 500; position: sticky; left: 0; background: #fff; }
thead th { font-weight: 600; border-bottom: 2px solid #bbb; vertical-align: bottom; }
.about td { text-align: left; white-space: normal; }
td small { display: block; color: #777; font-size: 10px; }
.ahead { color: #0a7a2f; font-weight: 600; } .behind { color: #b3261e; } .even { color: #555; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; margin-bottom: 4px; }
figure svg { width: 100%; max-width: 560px; height: auto; display: block; }
details, .note { font-size: 12px; color: #555; }
`;
