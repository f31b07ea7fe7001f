#!/usr/bin/env python3
"""The seeds of a fuzz target: seeds/TARGET.hex, one a line, and the stored
values on record.

usage: seeds.py unpack TARGET DIRECTORY    as files; its name ends in .seeds
       seeds.py keep TARGET CONTROL        adds those of other directories that
                                           reach something new, as libFuzzer's
                                           control file of a merge tells
"""

import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SEEDS = '.seeds'
LONGEST = 4096


def place(target):
    return os.path.join(HERE, 'seeds', target + '.hex')


def on_record(target):
    """Values that released versions have stored."""
    kind, _, form = target.partition('_')
    for record in sorted(glob.glob(os.path.join(HERE, '..', 'stored', '*/'))):
        if form == 'binary' and os.path.exists(record + kind + '.hex'):
            with open(record + kind + '.hex', encoding='ascii') as file:
                for line in file:
                    yield bytes.fromhex(line.split('\t')[1])
        elif form == 'text':
            with open(record + 'results.out', encoding='utf-8') as file:
                for line in file:
                    if line.startswith(kind + '|'):
                        yield line.rstrip('\n').split('|', 2)[2].encode()


def unpack(target, directory):
    found = [value for value in on_record(target) if len(value) <= LONGEST]
    if os.path.exists(place(target)):
        with open(place(target), encoding='ascii') as file:
            found += [bytes.fromhex(line) for line in file]
    for n, value in enumerate(found):
        with open(os.path.join(directory, str(n)), 'wb') as file:
            file.write(value)


def is_seed(name):
    return os.path.dirname(name).endswith(SEEDS)


def keep(target, control):
    with open(control, encoding='utf-8') as file:
        lines = file.read().split('\n')
    n = int(lines[0])
    files = lines[2:2 + n]
    reached = {}
    for line in lines[2 + n:]:
        if line.startswith('COV '):
            number, *places = line.split()[1:]
            reached[files[int(number)]] = set(places)
    # what was a seed before stays one; of the others the smallest
    seen = set()
    new = []
    for name in sorted(reached, key=lambda name: (
            not is_seed(name), os.path.getsize(name), name)):
        if not is_seed(name) and reached[name] - seen:
            with open(name, 'rb') as file:
                new.append(file.read().hex() + '\n')
        seen |= reached[name]
    with open(place(target), 'a', encoding='ascii') as file:
        file.writelines(new)


if __name__ == '__main__':
    {'unpack': unpack, 'keep': keep}[sys.argv[1]](*sys.argv[2:])
