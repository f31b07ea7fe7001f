#!/usr/bin/env python3
"""Makes docs/coverage.md of gcov's JSON, one document a line.

usage: coverage_report.py FILE TOP COMMIT SUITES

test/coverage_reasons in TOP has a line "file :: text :: reason" for what no test
can run, or does not: `text` stands in the first line of a run of such lines.
"""

import collections
import json
import os
import re
import sys

# an error that a caller cannot cause, and what only follows one
IMPOSSIBLE = re.compile(r'\belog\(ERROR|pg_unreachable')


def counts_of(path):
    """file -> line -> how often it ran"""
    files = collections.defaultdict(lambda: collections.Counter())
    functions = collections.defaultdict(dict)
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            if not line.startswith('{'):
                continue
            for file in json.loads(line)['files']:
                name = file['file']
                if not name.startswith('src/'):
                    continue
                for entry in file['lines']:
                    files[name][entry['line_number']] += entry['count']
                for entry in file['functions']:
                    functions[name][entry['start_line']] = entry['name']
    return files, functions


def read_reasons(top):
    reasons = []
    path = os.path.join(top, 'test', 'coverage_reasons')
    if os.path.exists(path):
        with open(path, encoding='utf-8') as lines:
            for line in lines:
                if line.strip() and not line.startswith('#'):
                    reasons.append([part.strip() for part in
                                    line.rstrip('\n').split(' :: ')])
    return reasons


def runs(numbers, known):
    """Runs of lines without one in between that was run"""
    found = []
    for number in numbers:
        if found and not any(n in known and n not in numbers
                             for n in range(found[-1][-1] + 1, number)):
            found[-1].append(number)
        else:
            found.append([number])
    return found


def main():
    files, functions = counts_of(sys.argv[1])
    top = sys.argv[2]
    reasons = read_reasons(top)
    table, missing = [], []
    total = covered = 0
    for name in sorted(files):
        lines = files[name]
        ran = sum(1 for n in lines.values() if n)
        total += len(lines)
        covered += ran
        table.append((name, len(lines), ran))
        with open(os.path.join(top, name), encoding='utf-8') as f:
            source = [''] + f.read().split('\n')
        for run in runs([n for n in sorted(lines) if not lines[n]], lines):
            text = ' '.join(source[n].strip() for n in run)
            reason = next((r[2] for r in reasons
                           if r[0] in (name, '*') and r[1] in text), None)
            if reason is None and IMPOSSIBLE.search(text):
                reason = 'cannot happen; the message is for whoever breaks it'
            function = [f for start, f in sorted(functions[name].items())
                        if start <= run[0]]
            missing.append((name, run, function[-1] if function else '',
                            source[run[0]].strip(), reason))

    known = sum(len(run) for _, run, _, _, reason in missing if reason)
    print('''# Coverage

Which lines of `src/` the default tests run, by gcov; written by
`test/coverage` at commit %s. Suites: %s.

**%.1f percent: %d of %d lines.** Of the %d others, %d have a reason below.

| file | lines | run | percent |
|---|---|---|---|''' % (*sys.argv[3:5], 100 * covered / total, covered, total,
                       total - covered, known))
    for name, n, ran in table:
        print('| %s | %d | %d | %.1f |' % (name, n, ran, 100 * ran / n))
    print('''
## What is not run

| where | lines | first of them | why |
|---|---|---|---|''')
    for name, run, function, text, reason in missing:
        print('| %s:%d %s | %d | `%s` | %s |' % (
            name, run[0], function, len(run),
            text.replace('|', '\\|').replace('`', "'"),
            reason or 'no test does'))


main()
