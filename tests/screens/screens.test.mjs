// Network Admin → Ultimate Multisite → ServerPilot in a browser: every situation on a desktop and on a phone, every
// flow, with the keyboard alone, without JavaScript, from the right to the left. What the server does is in
// tests/wordpress/suite/ScreenTest.php.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { DESKTOP, PAGE, PHONE, TABLET, assertFits, assertGood, close, open, picture } from './browser.mjs';

after(close);

const say = (page) => page.locator('#serverpilot-live').textContent();
const text = (page) => page.locator('#serverpilot').innerText();

/** Whatever it is seen on. What axe finds on a phone is another matter only where another part of the page is shown. */
const assertGoodEverywhere = async (page, { isOtherOnPhone = false } = {}) => {
	await page.setViewportSize(TABLET);
	await assertFits(page);
	await page.setViewportSize(PHONE);
	await (isOtherOnPhone ? assertGood(page) : assertFits(page));
	await page.setViewportSize(DESKTOP);
	await assertGood(page);
};

const SITUATIONS = [
	// name, how many domains, what the page says, its picture
	['nothing', 0, 'WU_SERVER_PILOT_API_KEY'],
	['setup', 0, 'Preview changes', '01-settings'],
	['many', 0, '1 domain: 1 secure'],
	['many', 1, '2 domains: 2 secure'],
	['many', 40, '41 domains: 41 secure'],
	['many', 300, '301 domains: 301 secure'],
	['states', 0, '5 need you', '03-domains'],
	['customer', 4, 'A customer has to set a DNS record'],
	['full', 300, 'ServerPilot allows 300 domains per app'],
	['brake', 5, 'Allow removals', '06-removals'],
	['safe', 5, 'Leave this copy alone', '05-safe-mode'],
];

for (const [name, number, expected, shot] of SITUATIONS) {
	test(`the page: ${name}, ${number} domains`, async () => {
		const page = await open(name, { number });
		assert.ok((await text(page)).includes(expected), await text(page));
		if (shot) {
			await picture(page, shot);
		}
		await assertGoodEverywhere(page, { isOtherOnPhone: name === 'states' });
		await page.context().close();
	});
}

test('every state has its words, and each domain opens to a page that is good', async () => {
	const page = await open('states');
	const states = await page.locator('.serverpilot-state').allInnerTexts();
	const expected = ['Secure', 'Certificate expires soon', 'Waiting for the next sync', 'Waiting for its certificate',
		'Removed with the next sync', 'No DNS record', 'Left out: no DNS record', 'Left out: the app is full',
		'Left out: not a valid name', 'DNS points elsewhere', 'Certificate could not be checked', 'Not secure',
		'Not checked yet'];
	assert.deepEqual([...new Set(states)].sort(), expected.sort());
	await page.setViewportSize(PHONE);
	await picture(page, 'phone-domains');
	for (const name of ['secure.example', 'elsewhere.example', 'bad_name.example', 'gone.example', 'elses.example']) {
		await page.goto(`${PAGE}&domain=${name}`);
		assert.equal(await page.locator('.serverpilot-name bdi').first().innerText(), name);
		await assertGoodEverywhere(page, { isOtherOnPhone: name === 'elsewhere.example' });
		if (name === 'elsewhere.example') {
			await picture(page, '04-details');
		}
	}
	await page.context().close();
});

test('a row opens on a phone, and the table is filtered, searched and sorted', async () => {
	const page = await open('states', { viewport: PHONE });
	const row = page.locator('#the-list tr').first();
	assert.equal(await row.locator('td.column-dns').isVisible(), false);
	assert.ok(await row.getByText('Certificate expires soon').first().isVisible());
	await row.locator('button.toggle-row').click();
	assert.equal(await row.locator('td.column-dns').isVisible(), true);
	await page.setViewportSize(DESKTOP);
	await page.getByRole('link', { name: /^Waiting for their DNS/ }).click();
	await page.waitForURL(/group=customer/);
	assert.equal(await page.locator('#the-list .row-title').count(), 3);
	await page.getByRole('searchbox').fill('held');
	await page.getByRole('button', { name: 'Search domains' }).click();
	await page.waitForURL(/s=held/);
	assert.deepEqual(await page.locator('#the-list .row-title').allInnerTexts(), ['held-nodns.example']);
	await page.goto(PAGE);
	await page.locator('thead').getByRole('link', { name: /^Domain/ }).click();
	await page.waitForURL(/orderby=domain/);
	assert.equal(await page.locator('#the-list .row-title').first().innerText(), 'bad_name.example');
	await page.context().close();
});

test('preview, then sync: in the background, and said', async () => {
	const page = await open('fresh', { number: 3 });
	let release;
	const held = new Promise((resolve) => { release = resolve; });
	await page.route('**/*', async (route) => {
		if (route.request().method() === 'POST') {
			await held;
		}
		await route.continue();
	});
	await page.getByRole('button', { name: 'Preview changes' }).first().click();
	// While it goes on, the page is there and says so.
	assert.equal(await say(page), 'Working. You can go on using this page.');
	release();
	await page.waitForURL(/view=preview/);
	assert.ok((await text(page)).includes('+ www.shop3.example'), await text(page));
	await picture(page, '02-preview');
	await assertGoodEverywhere(page);
	await page.getByRole('button', { name: 'Sync now' }).click();
	const result = page.locator('.serverpilot-result');
	await result.waitFor();
	assert.match(await result.innerText(), /Synced:/);
	assert.equal(await result.evaluate((box) => box === document.activeElement), true);
	await assertGoodEverywhere(page);
	// Kept for one view.
	await page.reload();
	assert.equal(await result.count(), 0);
	await page.context().close();
});

test('a check of many names shows how far it is, while the page is usable', async () => {
	// Nothing out there answers here, and nobody has to wait for that.
	const timeouts = { connect_ms: 300, request_ms: 1000, total_ms: 1500 };
	const page = await open('fresh', { number: 60, settings: { timeouts } });
	assert.deepEqual([...new Set(await page.locator('#the-list td.column-dns').allInnerTexts())], ['–']);
	await page.getByRole('button', { name: 'Check all now' }).click();
	const job = page.locator('[data-serverpilot-job]');
	await job.waitFor();
	const said = await page.evaluate(() => new Promise((resolve) => {
		const heard = [];
		const live = document.getElementById('serverpilot-live');
		const seen = new MutationObserver(() => {
			heard.push(live.textContent);
			if (live.textContent.startsWith('All checked')) {
				seen.disconnect();
				resolve(heard);
			}
		});
		seen.observe(live, { childList: true, characterData: true, subtree: true });
	}));
	assert.ok(said.some((one) => /^50 of 61 checked$/.test(one)), said.join());
	const bar = job.locator('progress');
	assert.equal(await bar.evaluate((one) => one.value === one.max), true);
	// The page shows the results without being loaded anew.
	await page.waitForFunction(() => [...document.querySelectorAll('#the-list td.column-dns')]
		.some((cell) => cell.textContent.trim() !== '–'));
	await assertGoodEverywhere(page);
	await page.reload();
	assert.equal(await job.count(), 0);
	await page.context().close();
});

test('a check that was under way is shown where it is', async () => {
	const page = await open('job', { number: 20, javaScriptEnabled: false });
	assert.ok((await text(page)).includes('2 of 20 checked'));
	assert.equal(await page.locator('#serverpilot-progress').getAttribute('value'), '2');
	await page.context().close();
});

test('one domain: check, details, and the record to the clipboard', async () => {
	const page = await open('fresh', { number: 1 });
	await page.locator('#the-list tr', { hasText: 'shop1.example' }).first().hover();
	await page.getByRole('button', { name: 'Check now shop1.example', exact: true }).click();
	const result = page.locator('.serverpilot-result');
	await result.waitFor();
	assert.match(await result.innerText(), /^shop1\.example: /);
	await page.getByRole('link', { name: 'shop1.example', exact: true }).click();
	const record = page.locator('.serverpilot-record tbody tr').first();
	await record.getByRole('button').click();
	await page.getByText('Copied').first().waitFor();
	assert.equal(await say(page), 'Copied');
	const address = await record.locator('td').nth(2).innerText();
	assert.match(address, /^[0-9.]+$/);
	// What is in the clipboard, as a person finds it there.
	await page.goto(PAGE);
	await page.getByRole('searchbox').focus();
	await page.keyboard.press('Control+V');
	assert.equal(await page.getByRole('searchbox').inputValue(), `shop1.example. 3600 IN A ${address}`);
	await page.context().close();
});

test('a domain of somebody else\'s is taken over by one click', async () => {
	const page = await open('foreign', { number: 1 });
	await page.locator('#the-list tr', { hasText: 'By somebody else' }).hover();
	await page.getByRole('button', { name: /^Manage here/ }).click();
	const result = page.locator('.serverpilot-result');
	await result.waitFor();
	assert.match(await result.innerText(), /shop1\.example is managed here/);
	await page.context().close();
});

test('the decisions of safe mode and of the brake', async () => {
	const safe = await open('safe', { number: 2 });
	await safe.getByRole('button', { name: 'Leave this copy alone' }).click();
	await safe.locator('.serverpilot-result').waitFor();
	assert.match(await text(safe), /This copy of the network is left alone/);
	// There is a way back.
	assert.equal(await safe.getByRole('button', { name: 'This is a new network' }).count(), 1);
	await safe.context().close();
	const brake = await open('brake', { number: 2 });
	const names = brake.locator('.serverpilot-next details').first();
	assert.equal(await names.locator('li').first().isVisible(), false);
	await names.locator('summary').click();
	assert.equal(await names.locator('li').count(), 30);
	await brake.getByRole('button', { name: 'Allow removals' }).click();
	await brake.locator('.serverpilot-result').waitFor();
	assert.match(await text(brake), /The removals are allowed/);
	await brake.context().close();
});

test('everything works with the keyboard alone', async () => {
	const page = await open('fresh', { number: 1 });
	const reach = async (name) => {
		for (let steps = 0; steps < 150; steps++) {
			await page.keyboard.press('Tab');
			const at = await page.evaluate(() => {
				const here = document.activeElement;
				const style = getComputedStyle(here);
				const box = here.getBoundingClientRect();
				return { name: here.textContent.trim(), isSeen: box.width > 0 && box.height > 0
					&& (style.outlineStyle !== 'none' || style.boxShadow !== 'none') };
			});
			if (at.name === name) {
				assert.ok(at.isSeen, `${name} has the focus, and nobody sees it`);
				return;
			}
		}
		assert.fail(`${name} is not reached`);
	};
	await reach('Preview changes');
	await page.keyboard.press('Enter');
	await page.waitForURL(/view=preview/);
	await reach('Sync now');
	await page.keyboard.press('Enter');
	await page.locator('.serverpilot-result').waitFor();
	await page.goto(PAGE);
	// A row's actions are seen as soon as one of them has the focus.
	await reach('Check now shop1.example');
	await page.keyboard.press('Space');
	await page.locator('.serverpilot-result').waitFor();
	await page.context().close();
});

test('everything works without JavaScript', async () => {
	const page = await open('fresh', { number: 2, javaScriptEnabled: false });
	await page.getByRole('button', { name: 'Preview changes' }).first().click();
	assert.ok((await text(page)).includes('+ shop2.example'));
	await page.getByRole('button', { name: 'Sync now' }).click();
	assert.match(await page.locator('.serverpilot-result').innerText(), /Synced:/);
	await page.getByRole('button', { name: 'Check all now' }).click();
	assert.match(await text(page), /0 of 5 checked/);
	await page.getByRole('link', { name: 'Reload' }).click();
	assert.match(await text(page), /0 of 5 checked/);
	await page.getByRole('link', { name: 'shop2.example', exact: true }).click();
	await page.getByRole('button', { name: 'Diagnose now' }).click();
	assert.match(await text(page), /IPv4 address/);
	const record = page.locator('.serverpilot-record tbody tr').first();
	assert.match(await record.innerText(), /shop2\.example\s+A\s+[0-9.]+/);
	assert.equal(await record.locator('button').isVisible(), false);
	await page.context().close();
});

test('from the right to the left', async () => {
	const page = await open('states', { settings: { text_direction: 'rtl' } });
	assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
	await picture(page, 'rtl-domains');
	await assertGoodEverywhere(page);
	// The panel that is read first is at the right.
	const [first, second] = await page.locator('.serverpilot-panel').evaluateAll(
		(panels) => panels.map((panel) => panel.getBoundingClientRect().left),
	);
	assert.ok(first > second, 'the panels are where they are from the left to the right');
	await page.goto(`${PAGE}&domain=elsewhere.example`);
	await assertGoodEverywhere(page);
	await picture(page, 'rtl-details');
	await page.context().close();
});

test('in French', {
	skip: !existsSync(new URL('../../php-bindings/languages/ultimate-multisite-serverpilot-fr_FR.mo', import.meta.url))
		&& 'there is no French translation',
}, async () => {
	const page = await open('states', { settings: { locale: 'fr_FR' } });
	assert.doesNotMatch(await text(page), /Needs you|Certificate|Check all now|Sync now/);
	await assertGoodEverywhere(page);
	await picture(page, 'french-domains');
	await page.context().close();
});

test('a server that does not answer is said, and the page stays', async () => {
	const page = await open('fresh', { number: 1 });
	await page.route('**/admin.php?page=serverpilot', (route) => (
		route.request().method() === 'POST' ? route.abort() : route.continue()
	));
	await page.getByRole('button', { name: 'Preview changes' }).first().click();
	await page.locator('.serverpilot-failure').waitFor();
	assert.match(await page.locator('.serverpilot-failure').innerText(), /No answer/);
	await page.context().close();
});
