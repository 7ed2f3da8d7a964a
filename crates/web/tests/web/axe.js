// Drives a Chromium without a window over pages of a node and lets axe-core judge each of them at each width. Reads one JSON document from its standard
// input, answers with one on its standard output. Speaks the DevTools protocol over the browser's own pipe, so it needs nothing but Node and Chromium.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const axe = fs.readFileSync(asked.axe, 'utf8');
const browser = spawn(asked.chromium, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${asked.profile}`, 'about:blank',
], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
let complaint = '';
browser.stderr.on('data', (text) => { complaint = (complaint + text).slice(-4000); });

const waiting = new Map();
const listeners = new Set();
let last = 0;
let held = '';
browser.stdio[4].on('data', (bytes) => {
  held += bytes;
  const messages = held.split('\0');
  held = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    const call = waiting.get(message.id);
    if (call) {
      waiting.delete(message.id);
      message.error ? call.no(new Error(JSON.stringify(message.error))) : call.yes(message.result);
    } else {
      listeners.forEach((listen) => listen(message));
    }
  }
});
function call(method, params = {}, sessionId = undefined) {
  return new Promise((yes, no) => {
    last += 1;
    waiting.set(last, { yes, no });
    browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + '\0');
  });
}
// Opens a page and waits until that very document is loaded: the blank one before it loads too, whenever the machine gets to it.
function load(url, sessionId) {
  return new Promise((yes, no) => {
    const seen = new Set();
    let wanted;
    const late = setTimeout(() => no(new Error(`${url} was not loaded within two minutes`)), 120000);
    const done = () => {
      if (!wanted || !seen.has(wanted)) return;
      clearTimeout(late);
      listeners.delete(listen);
      yes();
    };
    const listen = (message) => {
      if (message.sessionId !== sessionId || message.method !== 'Page.lifecycleEvent' || message.params.name !== 'load') return;
      seen.add(message.params.loaderId);
      done();
    };
    listeners.add(listen);
    call('Page.navigate', { url }, sessionId).then(({ loaderId, errorText }) => {
      if (errorText) return no(new Error(`${url}: ${errorText}`));
      wanted = loaderId;
      return done();
    }, no);
  });
}

async function judge(context, job, width) {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank', browserContextId: context });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const on = (method, params) => call(method, params, sessionId);
  const run = async (expression) => {
    const { result, exceptionDetails } = await on('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${job.path}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  await on('Page.enable');
  await on('Page.setLifecycleEventsEnabled', { enabled: true });
  await on('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
  if (job.media) await on('Emulation.setEmulatedMedia', { media: job.media });
  await load(asked.base + job.path, sessionId);
  if (!job.media) await run("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
  const title = await run('document.title');
  const styled = await run('[...document.styleSheets].filter((sheet) => sheet.cssRules.length > 0).length');
  const sideways = await run('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  let violations = [];
  if (!job.media) {
    await run(axe + ';0');
    violations = await run(`axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((rule) =>
      ({ id: rule.id, impact: rule.impact, help: rule.help, nodes: rule.nodes.slice(0, 5).map((node) => node.html.slice(0, 300) + ' // ' + (node.failureSummary || '')) })))`);
  }
  if (asked.pictures) {
    const { cssContentSize } = await on('Page.getLayoutMetrics');
    const height = Math.min(Math.ceil(cssContentSize.height), 12000);
    const { data } = await on('Page.captureScreenshot', { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
    const name = `${job.name || job.path.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}-${width}.png`;
    fs.writeFileSync(path.join(asked.pictures, name), Buffer.from(data, 'base64'));
  }
  await call('Target.closeTarget', { targetId });
  return { path: job.path, width, title, styled, sideways, violations };
}

async function main() {
  const answers = [];
  for (const visitor of asked.visitors) {
    const { browserContextId } = await call('Target.createBrowserContext');
    const cookies = visitor.cookie ? [{ ...visitor.cookie, url: asked.base, httpOnly: true, sameSite: 'Strict' }] : [];
    await call('Storage.setCookies', { cookies, browserContextId });
    for (const job of visitor.jobs) {
      for (const width of asked.widths) answers.push(await judge(browserContextId, job, width));
    }
  }
  return answers;
}

const stopped = new Promise((_, no) => {
  browser.on('error', (why) => no(why));
  browser.on('exit', (code) => no(new Error(`the browser ended with ${code}: ${complaint}`)));
});
Promise.race([main(), stopped])
  .then((answers) => { process.stdout.write(JSON.stringify(answers)); return 0; }, (why) => { console.error(why); return 1; })
  .then((code) => {
    browser.removeAllListeners('exit');
    browser.on('exit', () => process.exit(code));
    // Asked to close, it ends its helpers first; the test that made the profile's folder removes it.
    call('Browser.close').catch(() => browser.kill());
    setTimeout(() => browser.kill('SIGKILL'), 20000).unref();
  });
