// Chromium and the test network, for the tests beside it: a page in one of the situations of scenario.php, and what
// holds of every page. Must not know what a page says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const SCENARIO = fileURLToPath(new URL('scenario.php', import.meta.url));
const PICTURES = fileURLToPath(new URL('../../target/screenshots/', import.meta.url));

export const PAGE = 'http://network.test/wp-admin/network/admin.php?page=serverpilot';
export const DESKTOP = { width: 1280, height: 900 };
export const TABLET = { width: 800, height: 1000 };
export const PHONE = { width: 375, height: 800 };

let browser;

/** A situation, and the context of a browser in which an operator is logged in. */
export const open = async (name, { number = 40, settings = {}, ...options } = {}) => {
	const made = JSON.parse(execFileSync('php', [SCENARIO, name, String(number), JSON.stringify(settings)], {
		encoding: 'utf8',
	}));
	browser ??= await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync',
			// The network's domain leads to the test's nginx, and every other name to nowhere.
			`--host-resolver-rules=MAP network.test:80 127.0.0.1:${made.port}, MAP * ~NOTFOUND`],
	});
	const context = await browser.newContext({ viewport: DESKTOP, ...options });
	await context.addCookies(Object.entries(made.cookies).map(([cookie, value]) => (
		{ name: cookie, value, domain: 'network.test', path: '/' }
	)));
	context.setDefaultTimeout(10_000);
	const page = await context.newPage();
	const complaints = [];
	page.on('pageerror', (error) => complaints.push(error.message));
	page.on('response', (answer) => {
		if (answer.url().startsWith('http://network.test/') && answer.status() >= 400) {
			complaints.push(`${answer.status()} ${answer.url()}`);
		}
	});
	page.complaints = complaints;
	await page.goto(PAGE);
	return page;
};

export const close = async () => browser?.close();

/** Nothing sticks out, and nothing is squeezed until nobody can read it. */
export const assertFits = async (page) => {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	assert.ok(over <= 0, `${over} pixels stick out`);
	const narrow = await page.locator('#serverpilot td:not(.check-column):visible').evaluateAll(
		(cells) => cells.filter((cell) => cell.textContent.trim() !== '' && cell.clientWidth < 45).length,
	);
	assert.equal(narrow, 0, 'cells that nobody can read');
};

/** What holds of every page: it fits, nobody is shut out, and no script complains. */
export const assertGood = async (page) => {
	await assertFits(page);
	const found = await new AxeBuilder({ page }).include('#serverpilot').analyze();
	const findings = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
	assert.deepEqual(findings, []);
	assert.deepEqual(page.complaints, []);
};

export const picture = async (page, name) => {
	mkdirSync(PICTURES, { recursive: true });
	// Those with a number are in the guide, where a picture is to be small.
	const isSmall = /^\d/.test(name);
	const before = page.viewportSize();
	await page.setViewportSize(isSmall ? { width: 1120, height: 800 } : before);
	await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: !isSmall, animations: 'disabled' });
	await page.setViewportSize(before);
};
