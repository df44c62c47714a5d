// SPDX-License-Identifier: MIT
// Uses the page in Chromium, opened by file://, for tests/test_page_browser.py.
//
//   PAGE_MODULES=FOLDER node browser.mjs CHROMIUM PAGE.html GUESTS FOLDER [CASE...]
//
// GUESTS: the folder of the RISC-V guests; FOLDER: for files. Prints a line of JSON for each case: its name, and what
// was wrong, or null.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , chromiumPath, html, guests, folder, ...chosen] = process.argv;
const modules = createRequire(path.resolve(process.env.PAGE_MODULES, 'node_modules', 'x'));
const { chromium } = modules('playwright-core');
const axe = fs.readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 60000; // ms: this machine may have other work
const URL_OF_PAGE = pathToFileURL(html).href;

const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });

async function open(hash, options = {}, file = URL_OF_PAGE) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.faults.push(message.text()); });
  page.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) page.faults.push(`asked for ${request.url()}`); });
  await page.goto(file + hash);
  await settled(page);
  return page;
}

async function settled(page) {
  await page.waitForFunction(() => document.body.dataset.ready === 'paused', null, { timeout: PATIENCE });
}

const position = (page) => page.evaluate(() => Number(document.body.dataset.position));
const text = (page, selector) => page.locator(selector).innerText();

// Does something, and waits until the run has come to another moment, and stands.
async function moves(page, act) {
  const before = await position(page);
  await act();
  await page.waitForFunction((old) => document.body.dataset.ready === 'paused' && Number(document.body.dataset.position) !== old, before, { timeout: PATIENCE });
  return position(page);
}

// Opens an ELF, with other files, and waits until it has run.
async function openFiles(page, ...files) {
  const name = path.basename(files[0], '.elf');
  await page.setInputFiles('#files', files);
  await page.waitForFunction((title) => document.title.startsWith(`${title} `), name);
  await settled(page);
}

const cases = {
  async opens() {
    const page = await open('#guest=hello');
    assert.match(await text(page, '#output'), /Hello from inside a virtual machine!/);
    assert.match(await text(page, '#moment'), /after 3 exits of 3 .* ended with status 0/);
    const ready = await page.evaluate(() => performance.now());
    return [page, { ready }];
  },

  async buttons() {
    const page = await open('#guest=hello');
    const end = await position(page);
    const press = (go) => moves(page, () => page.click(`[data-go="${go}"]`));
    assert.equal(await press('begin'), 0);
    assert.equal(await press('exit'), 3759);
    assert.equal(await press('exit'), 5125);
    assert.equal(await press('exit-back'), 3759);
    assert.equal(await press('step'), 3760);
    assert.equal(await press('step-back'), 3759);
    const line = await press('line');
    assert.match(await text(page, '#source .code.here >> nth=0'), /\{|printf/);
    assert.ok(await press('line') > line);
    assert.equal(await press('line-back'), line);
    assert.equal(await press('end'), end);
    await press('begin');
    assert.equal(await press('run'), end);
    return [page];
  },

  async keys() {
    const page = await open('#guest=hello');
    const end = await position(page);
    const press = (key) => moves(page, () => page.keyboard.press(key));
    await page.focus('#lanes');
    assert.equal(await press('Home'), 0);
    assert.equal(await press('ArrowRight'), 3759);
    assert.equal(await press('ArrowRight'), 5125);
    assert.equal(await press('Shift+ArrowRight'), 5126);
    assert.equal(await press('Shift+ArrowLeft'), 5125);
    const line = await press('Shift+ArrowUp');
    assert.ok(line < 5125);
    assert.ok(await press('Shift+ArrowDown') > line);
    assert.equal(await press('ArrowLeft'), 5125);
    assert.equal(await press('End'), end);
    assert.equal(await press('Home'), 0);
    assert.equal(await press(' '), end);
    const axis = await text(page, '#axis');
    for (const key of ['t', '+', ']', '[', '-', '0']) await page.keyboard.press(key);
    assert.notEqual(await text(page, '#axis'), axis);
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'filter');
    await page.focus('#lanes');
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help-dialog').isVisible());
    await page.keyboard.press('Escape');
    for (const name of ['instructions', 'memory', 'walk', 'registers', 'source']) {
      await page.focus(`#tab-${name}`);
      await page.keyboard.press('Enter');
      assert.ok(await page.locator(`#${name}`).isVisible(), name);
    }
    await page.focus('#list');
    assert.ok(await press('ArrowUp') < end);
    return [page];
  },

  async address() {
    const page = await open('#guest=lost&harts=4&seed=3&exit=8');
    const there = await position(page);
    assert.match(await text(page, '#moment'), /^exit 8 of 16/);
    const link = await page.evaluate(() => location.hash);
    const other = await open(link);
    assert.equal(await position(other), there);
    await moves(other, () => other.click('[data-go="step"]'));
    const third = await open(await other.evaluate(() => location.hash));
    assert.equal(await position(third), await position(other));
    for (const bad of ['#guest=no&harts=999&seed=-1&exit=x', '#%', '#guest=hello&exit=99999999', '#guest=hello&at=99999999999']) {
      const strange = await open(bad);
      assert.deepEqual(strange.faults, []);
      await strange.context().close();
    }
    await Promise.all([other, third].map((each) => each.context().close()));
    return [page];
  },

  async tour() {
    const page = await open('#guest=fault');
    await page.click('#tour');
    const heard = [];
    for (let i = 0; i < 12; i++) {
      await page.waitForFunction(() => document.body.dataset.ready === 'paused');
      await page.waitForTimeout(150);
      heard.push([await text(page, '#source .name'), await text(page, '#output')]);
      if (i === 6) assert.match(await text(page, '#bytes'), /Hello/);
      await page.click('#tour-next');
    }
    assert.ok(await page.locator('#tour-box').isHidden());
    assert.deepEqual([3, 4, 7, 8, 9].map((i) => heard[i][0]), ['guests/hello.c', 'abi/calls.def', 'vmm/backends/soft/soft.c', 'vmm/core/hypercall.c', 'vmm/services/console.c']);
    assert.match(await text(page, '#moment'), /^exit 2 of 3/);
    return [page];
  },

  async stations() {
    const page = await open('#guest=hello&exit=2');
    const buttons = page.locator('#stations button');
    const expected = [/guests\/hello\.c/, /abi\/calls\.def/, /backends\/soft\/soft\.c/, /core\/hypercall\.c/, /services\/console\.c/];
    assert.equal(await buttons.count(), 5);
    for (let i = 0; i < 5; i++) {
      await buttons.nth(i).click();
      assert.match(await text(page, '#source .name'), expected[i]);
    }
    assert.match(await text(page, '#source .code.here >> nth=0'), /handle_DBCN_console_write/);
    return [page];
  },

  async console_click() {
    const page = await open('#guest=hello');
    const box = await page.locator('#output span').first().boundingBox();
    await moves(page, () => page.mouse.click(box.x + 30, box.y + box.height / 2));
    assert.match(await text(page, '#moment'), /^exit 2 of 3/);
    assert.match(await text(page, '#output .mine'), /Hello/);
    return [page];
  },

  async timeline() {
    const page = await open('#guest=lost&harts=4&seed=3');
    const box = await page.locator('#lanes').boundingBox();
    const at = await moves(page, () => page.mouse.click(box.x + box.width * 0.31, box.y + 20));
    await page.mouse.move(box.x + box.width * 0.31, box.y + 20);
    await page.mouse.down();
    const dragged = await moves(page, () => page.mouse.move(box.x + box.width * 0.6, box.y + 20));
    await page.mouse.up();
    assert.ok(dragged > at);
    await page.mouse.wheel(0, -600);
    await page.click('[data-zoom="all"]');
    return [page];
  },

  async who_wrote() {
    const page = await open('#guest=lost&harts=4&seed=3');
    await page.click('#tab-memory');
    await page.fill('#address', 'counter');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#bytes button[aria-pressed="true"]');
    const after = await text(page, '#bytes button[aria-pressed="true"]');
    await moves(page, () => page.click('#writer'));
    assert.match(await text(page, '#source .code.here >> nth=0'), /counter = counter \+ 1/);
    const before = await text(page, '#bytes button[aria-pressed="true"]');
    assert.notEqual(before, after);
    await moves(page, () => page.click('[data-go="step"]'));
    await page.waitForFunction((value) => document.querySelector('#bytes button[aria-pressed="true"]').innerText === value, after);
    return [page];
  },

  async breakpoint() {
    const page = await open('#guest=fault&exit=1');
    const line = page.locator('#source .number').nth(17);
    await page.click('#chain button >> text=_text');
    await moves(page, () => page.click('[data-go="line"]'));
    await line.click();
    await page.waitForSelector('#source .number.stop');
    await moves(page, () => page.click('#run'));
    assert.match(await text(page, '#source .code.here >> nth=0'), /store\(nowhere\)/);
    assert.match(await text(page, '#moment'), /at a breakpoint/);
    const at = await position(page);
    await moves(page, () => page.click('[data-go="end"]'));
    assert.equal(await moves(page, () => page.click('[data-go="back"]')), at);
    assert.equal(await moves(page, () => page.keyboard.press('b')), 0);
    return [page];
  },

  async death() {
    const page = await open('#guest=fault');
    assert.match(await text(page, '#death'), /likely: a NULL pointer was used/);
    await moves(page, () => page.click('[data-go="exit-back"]'));
    await page.click('#tab-walk');
    await page.fill('#walk-address', '0x0');
    await page.click('#walk-form button');
    await page.waitForSelector('.level.bad');
    return [page];
  },

  async input() {
    const page = await open('#guest=labos');
    await page.fill('#input', 'help');
    await moves(page, () => page.click('#typing button[type="submit"]'));
    await page.waitForFunction(() => document.getElementById('output').innerText.includes('multiplication table'));
    await moves(page, () => page.click('#eof'));
    await page.waitForFunction(() => document.getElementById('moment').innerText.includes('ended with status 0'));
    return [page];
  },

  async markup() {
    const hostile = '<img src=x onerror="document.body.dataset.reached=1"><script>document.body.dataset.reached=2</script>\x1b[2J';
    const page = await open(`#guest=echo&input=${encodeURIComponent(`${hostile}\n`)}`);
    assert.ok((await text(page, '#output')).includes('<img src=x onerror='));
    const found = await page.evaluate(() => [document.body.dataset.reached ?? '', document.querySelectorAll('main img, main script').length]);
    assert.deepEqual(found, ['', 0]);
    const refused = await page.evaluate(() => new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'document.body.dataset.reached = 3';
      document.body.append(script);
    }));
    assert.match(refused, /^script-src/);
    assert.equal(await page.evaluate(() => document.body.dataset.reached ?? ''), '');
    page.faults = page.faults.filter((fault) => !/Content Security Policy/.test(fault));
    return [page];
  },

  async own_guest() {
    const page = await open('');
    await openFiles(page, path.join(guests, 'tests/wild_write.elf'), path.join(folder, 'wild_write.c'));
    assert.match(await text(page, '#death'), /the guest died/);
    assert.match(await text(page, '#source .name'), /wild_write\.c/);
    const dropped = await open('');
    const bytes = [...fs.readFileSync(path.join(guests, 'args.elf'))];
    await moves(dropped, () => dropped.evaluate((elf) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(elf)], 'args.elf'));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, bytes));
    assert.match(await text(dropped, '#moment'), /ended with status/);
    await dropped.context().close();
    return [page];
  },

  async recording() {
    const page = await open('#guest=echo&input=one%0Atwo%0A');
    const output = await text(page, '#output');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const file = path.join(folder, 'echo.recording');
    await download.saveAs(file);
    const other = await open('#guest=echo');
    await other.setInputFiles('#files', file);
    await other.waitForFunction((expected) => document.getElementById('output').innerText === expected, output);
    await other.context().close();
    return [page];
  },

  async look() {
    const file = pathToFileURL(path.join(path.dirname(html), 'look/lost.html')).href;
    const page = await open('', {}, file);
    assert.match(await text(page, '#output'), /^3138 of 4000/);
    assert.equal(await page.inputValue('#seed'), '5');
    const moment = await open('#exit=9', {}, file);
    assert.match(await text(moment, '#moment'), /^exit 9 of/);
    await moment.context().close();
    return [page];
  },

  async compare() {
    const page = await open('#guest=lost&harts=4&seed=3');
    await page.click('#compare');
    await page.waitForSelector('#parting-go');
    assert.match(await text(page, '#parting'), /Seeds 3 and 4 part at/);
    await moves(page, () => page.click('#parting-go'));
    assert.match(await text(page, '#moment'), /^exit 8 of 16/);
    return [page];
  },

  async many_exits() {
    const page = await open('');
    await openFiles(page, path.join(guests, 'bench/hypercall.elf'));
    await page.fill('#args', '1000000');
    await page.click('#restart');
    await settled(page);
    assert.match(await text(page, '#exits-count'), /^1,000,\d\d\d/);
    const started = await page.evaluate(() => performance.now());
    await moves(page, () => page.click('[data-go="exit-back"]'));
    const took = await page.evaluate((from) => performance.now() - from, started);
    await moves(page, () => page.evaluate(() => {
      const list = document.getElementById('list');
      list.scrollTop = list.scrollHeight / 2;
      return new Promise((resolve) => setTimeout(resolve, 500)).then(() => list.querySelectorAll('.row')[3].click());
    }));
    assert.match(await text(page, '#moment'), /^exit [45]\d\d,\d\d\d of 1,000/);
    return [page, { took }];
  },

  async flood() {
    const page = await open('');
    await page.setInputFiles('#files', [path.join(guests, 'tests/chatter.elf')]);
    await page.waitForFunction(() => document.getElementById('run').innerText === 'Pause');
    await page.waitForTimeout(1500);
    await page.click('#run');
    await page.waitForFunction(() => document.getElementById('run').innerText !== 'Pause');
    assert.ok(await page.evaluate(() => document.getElementById('output').textContent.length) < 40000);
    return [page];
  },

  async endless() {
    const page = await open('');
    await page.setInputFiles('#files', [path.join(guests, 'tests/spin.elf')]);
    await page.waitForFunction(() => document.getElementById('run').innerText === 'Pause');
    const frames = await page.evaluate(() => new Promise((resolve) => {
      let count = 0;
      const end = performance.now() + 1000;
      const frame = () => { count++; if (performance.now() < end) requestAnimationFrame(frame); else resolve(count); };
      requestAnimationFrame(frame);
    }));
    assert.ok(frames > 3, `${frames} frames in a second`);
    await page.click('#run');
    await settled(page);
    await moves(page, () => page.click('[data-go="step-back"]'));
    return [page];
  },

  async accessible() {
    const page = await open('#guest=lost&harts=4&seed=3&exit=8');
    const found = [];
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const tab of ['memory', 'walk', 'instructions', 'source', 'registers']) {
        await page.click(`#tab-${tab}`);
        await page.waitForTimeout(100);
        await page.evaluate(`if (!window.axe) { ${axe} }`);
        const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
        for (const { id, impact, nodes } of violations) {
          if (impact === 'serious' || impact === 'critical') found.push(`${scheme} ${tab}: ${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary ?? ''}`);
        }
      }
    }
    assert.deepEqual(found, []);
    return [page];
  },

  async phone() {
    const page = await open('#guest=lost&harts=4&seed=3', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= shown, `${width} > ${shown}`);
    await moves(page, () => page.tap('[data-go="exit-back"]'));
    return [page];
  },
};

for (const name of chosen.length ? chosen : Object.keys(cases)) {
  let wrong = null;
  let figures = {};
  try {
    const [page, more] = await cases[name]();
    figures = more ?? {};
    assert.deepEqual(page.faults, []);
    await page.context().close();
  } catch (error) {
    wrong = `${error.message}\n${error.stack.split('\n').filter((line) => line.includes('browser.mjs')).slice(0, 3).join('\n')}`;
  }
  console.log(JSON.stringify({ name, wrong, ...figures }));
}
await browser.close();
