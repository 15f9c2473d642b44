// Holds documents to Amazon's JSON schemas with Ajv. A line in: {"kind": "feed" | "result", "text": ...}; a line out: the
// list of what is wrong. Arguments: the folder of the schemas.
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const Ajv = require('ajv').default;

const FILES = {feed: 'listings-feed-schema-v2.json', result: 'listings-feed-processing-report-schema-v2.json'};
const MOST_SHOWN = 20;

const judges = {};
for (const [kind, file] of Object.entries(FILES)) {
  // Not strict: the schemas carry keywords for people.
  const schema = JSON.parse(fs.readFileSync(path.join(process.argv[2], file), 'utf8'));
  judges[kind] = new Ajv({strict: false, allErrors: true}).compile(schema);
}

function problems(kind, text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return [`no JSON: ${error.message}`];
  }
  const judge = judges[kind];
  if (judge(document)) return [];
  return judge.errors.slice(0, MOST_SHOWN).map((error) => `${error.instancePath || '/'} ${error.message}`);
}

readline.createInterface({input: process.stdin}).on('line', (line) => {
  const {kind, text} = JSON.parse(line);
  process.stdout.write(JSON.stringify(problems(kind, text)) + '\n');
});
