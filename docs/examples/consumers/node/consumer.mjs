// A consumer of actions in Node. docs/consuming.md explains every step; `kairos conformance -- node consumer.mjs` checks it.
import fs from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'

const { KAIROS_BROKERS, KAIROS_TOPIC: topic, KAIROS_GROUP, KAIROS_HOLD, KAIROS_STATE, KAIROS_OUT } = process.env
const HOLD = Number(KAIROS_HOLD) * 1000, ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const kafka = new Kafka({ brokers: KAIROS_BROKERS.split(','), logLevel: logLevel.WARN })
const consumer = kafka.consumer({ groupId: KAIROS_GROUP, sessionTimeout: 6000, heartbeatInterval: 2000 }) // kafkajs reads committed records only
let held = [], read = new Map() // what has been read and not delivered yet; how far each partition was read, and when

// Whether it was still open; from now on it is not. In production: INSERT into a table with a unique key.
function finish(decision) {
  try { fs.closeSync(fs.openSync(`${KAIROS_STATE}/${decision}`, 'wx')); return true } catch (problem) { if (problem.code === 'EEXIST') return false; throw problem }
}

// Your provider's call goes here, then the receipt message_sent to `events`.
function deliver(action) { fs.appendFileSync(KAIROS_OUT, action.decision_id + '\n') }

function take(partition, message) {
  read.set(partition, { next: BigInt(message.offset) + 1n, timestamp: Number(message.timestamp), at: Date.now() })
  try {
    const body = JSON.parse(message.value), kind = body.kind ?? 'action'
    if (!ID.test(body.decision_id)) throw new Error('no decision_id')
    if (kind === 'recall') finish(body.decision_id)
    else if (kind === 'action' && !('sha256' in body.content) && Number.isInteger(body.expires_at))
      held.push({ at: Date.now(), partition, offset: BigInt(message.offset), body })
    else throw new Error(`not an action that can be delivered: ${kind}`)
  } catch (problem) { console.log(`set aside ${partition} offset ${message.offset}: ${problem instanceof SyntaxError ? 'not JSON' : problem.message}`.slice(0, 500)) } // a parser quotes what it read, perhaps an address
}

// Nothing of a backlog is delivered before its recall could be read: not while older records keep coming.
function caughtUp({ partition, at }) { const last = read.get(partition); return last.timestamp >= at - HOLD || Date.now() - last.at > 1000 }

async function settle() {
  for (const each of held.filter(each => Date.now() >= each.at + HOLD && caughtUp(each))) {
    held = held.filter(other => other !== each)
    if (Date.now() < each.body.expires_at && finish(each.body.decision_id)) deliver(each.body)
  }
  const offsets = [...read].map(([partition, { next }]) => [partition, held.filter(each => each.partition === partition).reduce((low, { offset }) => offset < low ? offset : low, next)])
  try { await consumer.commitOffsets(offsets.map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))) }
  catch (problem) { console.log(`not committed: ${problem.message}`) } // a rebalance: what is not committed is read again, and `finish` knows it
  setTimeout(settle, 200)
}

const forget = () => { held = []; read = new Map() } // after a rebalance, what was not committed is read again, by whoever has the partition now
for (const event of [consumer.events.REBALANCING, consumer.events.GROUP_JOIN]) consumer.on(event, forget)
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => batch.messages.forEach(message => take(batch.partition, message)) })
settle()
