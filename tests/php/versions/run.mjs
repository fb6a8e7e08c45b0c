// Compiles the plugin's files in one version of PHP and runs the tests there that need nothing but PHP. Ends with 1
// where a file or a test failed, or where PHP had anything to say of a file of ours. PHP is WebAssembly here: it has
// no FFI and starts no process.

import { File } from 'node:buffer';

// Node 18, which Debian 12 has, knows it by this name only.
globalThis.File ??= File;
const { PHP, loadPHPRuntime } = await import('@php-wasm/universal');

const [version, project, libraries] = process.argv.slice(2);
const { getPHPLoaderModule } = await import(`@php-wasm/node-${version.replace('.', '-')}`);

async function execute(...args) {
    // A PHP of its own each time: it ends as a process does.
    const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
    for (const [host, place] of [[project, '/project'], [libraries, '/usr/share/php']]) {
        php.mkdir(place);
        await php.mount(place, (_, fs, at) => {
            fs.mount(fs.filesystems.NODEFS, { root: host }, at);
            return () => fs.unmount(at);
        });
    }
    const settings = ['error_reporting=-1', 'display_errors=1', 'log_errors=0', 'memory_limit=-1', 'opcache.enable_cli=1',
        'disable_functions=exec,passthru,popen,proc_open,shell_exec,system']
        .flatMap((setting) => ['-d', setting]);
    const answer = await php.cli(['php', ...settings, ...args], {
        env: { SERVERPILOT_HISTORIES: process.env.SERVERPILOT_HISTORIES },
    });
    const [text, errors, code] = await Promise.all([answer.stdoutText, answer.stderrText, answer.exitCode]);
    return { text: text + errors, code };
}

const compiled = await execute('/project/tests/php/versions/compile.php');
const tested = await execute(
    '-d', 'include_path=/usr/share/php', '/project/tests/php/versions/phpunit.php',
    '--configuration', '/project/tests/php/versions/phpunit.xml', '--testsuite', 'pure',
);

const count = /^compiled: \d+ files$/m.exec(compiled.text)?.[0];
const tests = /^OK \(.*\)$/m.exec(tested.text)?.[0];
// PHPUnit is older than some of these versions, which have much to say of it; of ours they must say nothing.
const complaints = (compiled.text + tested.text).split('\n')
    .filter((line) => /^(Deprecated|Warning|Notice|Parse error|Fatal error): /.test(line) && line.includes('/project/'));
const isGood = count && tests && tested.code === 0 && complaints.length === 0;
console.log(`PHP ${version}: ${count ?? 'not all files compiled'}; ${tests ?? 'the tests failed'}`);
if (!isGood) {
    console.log(compiled.text, tested.text, complaints.join('\n'));
    process.exit(1);
}
