// Drives wechat4u against a sandbox: `node wechat4u_steps.js ORIGIN FOLDER`, with NODE_PATH naming a node_modules that
// holds it. Prints one JSON object a step, {"step", "ok", "why"}, and exits with 1 when one failed.
'use strict'
const fs = require('fs')
const http = require('http')
const path = require('path')
const Wechat = require('wechat4u')

const [origin, folder] = process.argv.slice(2)
const bot = new Wechat()
const came = new Map()
let failed = false

// All hosts are the sandbox.
const request = bot.request
bot.request = options => request({ ...options, url: options.url.replace(/^https:\/\/[^/]+/, origin) })

bot.on('error', error => console.error(error && (error.tips || error.message)))
bot.on('message', message => came.set(message.MsgId, message))

async function step (name, work) {
  let why = ''
  let done
  try {
    done = await work()
  } catch (error) {
    why = String((error && (error.tips || error.message)) || error)
    failed = true
  }
  console.log(JSON.stringify({ step: name, ok: !why, why }))
  return done
}

function push (body) {
  const data = JSON.stringify(body)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(data) }
  return new Promise((resolve, reject) => {
    const sending = http.request(`${origin}/_sandbox/push`, { method: 'POST', headers }, answer => {
      let text = ''
      answer.on('data', piece => { text += piece })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    sending.on('error', reject)
    sending.end(data)
  })
}

async function until (ready, what) {
  const end = Date.now() + 20000
  while (Date.now() < end) {
    const found = ready()
    if (found) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(what)
}

async function received (body) {
  const pushed = await push({ from: '李四', ...body })
  return until(() => came.get(pushed.MsgId), 'it did not come')
}

function friend () {
  return until(() => Object.values(bot.contacts).find(one => one.NickName === '李四' || one.RemarkName === '李四'),
    'the contacts did not come').then(one => one.UserName)
}

async function main () {
  const large = Buffer.alloc(1024 * 1024 * 5 / 4)
  for (let at = 0; at < large.length; at++) large[at] = at % 251
  fs.writeFileSync(path.join(folder, 'a.txt'), 'wechat4u')
  await step('log in', async () => {
    bot.start()
    await until(() => bot.state === bot.CONF.STATE.login, 'no login')
  })
  const to = await step('find a friend', friend)
  if (!to) return
  const sent = await step('send a text', () => bot.sendMsg('你好 from wechat4u', to))
  await step('send an image', () => bot.sendMsg({ file: Buffer.from('89504e470d0a1a0a00', 'hex'), filename: 'a.png' }, to))
  await step('send an animated image', () => bot.sendMsg({ file: Buffer.from('GIF89a'), filename: 'a.gif' }, to))
  await step('send a file', () => bot.sendMsg({ file: fs.createReadStream(path.join(folder, 'a.txt')) }, to))
  await step('send a file of three parts', () => bot.sendMsg({ file: large, filename: '大.bin' }, to))
  await step('receive a text', async () => {
    const message = await received({ type: 'text', content: '今晚 <见> 好' })
    if (message.Content !== '今晚 <见> 好') throw new Error(message.Content)
  })
  await step('receive a file', async () => {
    const message = await received({ type: 'file', content: '报告.pdf' })
    const got = await bot.getDoc(message.FromUserName, message.MediaId, message.FileName)
    if (got.data.byteLength !== 2048) throw new Error(`${got.data.byteLength} bytes`)
  })
  await step('receive an image', async () => {
    const message = await received({ type: 'image' })
    const got = await bot.getMsgImg(message.MsgId)
    if (!got.data.byteLength) throw new Error('no bytes')
  })
  await step('send after a sync', () => bot.sendMsg('again', to))
  if (sent) await step('revoke', () => bot.revokeMsg(sent.MsgID, to))
  await step('accept a friend, change a contact', async () => {
    const { RecommendInfo: who } = await received({ type: 'friend_request', from: '' })
    await bot.verifyUser(who.UserName, who.Ticket)
    await bot.updateRemarkName(who.UserName, '新来的')
    await bot.opLog(who.UserName, 1)
    await until(() => (bot.contacts[who.UserName] || {}).RemarkName === '新来的', 'the remark did not come')
  })
  await step('make and change a group', async () => {
    const named = name => Object.values(bot.contacts).find(one => one.NickName === name).UserName
    const people = ['张三', '李四'].map(name => ({ UserName: named(name) }))
    const made = await bot.createChatroom('爬山', people)
    const group = made.ChatRoomName
    await bot.updateChatroom(group, [named('Alice')], 'addmember')
    await bot.updateChatRoomName(group, '爬山去')
    await bot.updateChatroom(group, [named('Alice')], 'delmember')
    const [found] = await bot.batchGetContact([{ UserName: group }])
    if (found.NickName !== '爬山去' || found.MemberCount !== 3) throw new Error(JSON.stringify(found))
    await bot.sendMsg('大家好', group)
  })
  await step('log out', () => bot.logout())
}

main().then(() => process.exit(failed ? 1 : 0))
