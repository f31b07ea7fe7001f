// Lists and reads the views of a report through node's pg; see check.py.
'use strict'
const { Client } = require('pg')

const names = { 25: 'text', 23: 'integer', 20: 'bigint', 701: 'double',
  16: 'boolean', 1082: 'date', 1184: 'timestamp' }

// What a value is in JavaScript: a bigint comes as text.
function kind (value, name) {
  if (name === 'bigint' && typeof value === 'string') return 'text'
  return name
}

async function main () {
  const client = new Client({ host: '127.0.0.1' })
  await client.connect()
  const views = await client.query(
    "SELECT table_name FROM information_schema.views WHERE table_schema = 'reports'")
  for (const { table_name: view } of views.rows) {
    const result = await client.query('SELECT * FROM reports.' + view)
    const types = {}
    for (const field of result.fields) {
      const name = names[field.dataTypeID] || String(field.dataTypeID)
      const filled = result.rows.find(row => row[field.name] !== null)
      types[field.name] = filled || name !== 'bigint'
        ? kind(filled && filled[field.name], name) : 'text'
    }
    console.log(JSON.stringify({ view, types, rows: result.rows.length }))
  }
  for (const [filter, condition, value] of [
    ['stage', 'stage = $1', 'cart'],
    ['period', 'period_start = $1', new Date('2026-03-03T00:00:00Z')],
    ['segment', 'segment = $1', 'Grüße 1']]) {
    const result = await client.query(
      'SELECT reached FROM reports.shop_stages WHERE ' + condition, [value])
    console.log(JSON.stringify({ filter, rows: result.rows.length,
      reached: result.rows.reduce((sum, row) => sum + Number(row.reached), 0) }))
  }
  await client.end()
}

main().catch(error => { console.error(error); process.exit(1) })
