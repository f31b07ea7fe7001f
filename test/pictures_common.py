"""What test/pictures and test/pictures_browser share: the cases and their
pictures, and what a label must look like."""

import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = 'journey_pictures'
NAME_CHARS = 72                 # of a name in Mermaid

failures = 0


def check(good, what, detail=''):
    global failures
    print('%s - %s' % ('ok' if good else 'not ok', what), flush=True)
    if not good:
        failures += 1
        for line in str(detail).splitlines()[:20]:
            print('# ' + line[:500], flush=True)


def all_good(problems, what):
    """One line for many checks; the first problems are shown."""
    check(not problems, what, '\n'.join(problems))


def psql(*arguments, database=DATABASE, script=None):
    run = subprocess.run(
        ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
         '-d', database) + arguments,
        input=script, capture_output=True, check=False,
        env=dict(os.environ, PGCLIENTENCODING='UTF8'), encoding='utf-8')
    if run.returncode:
        raise RuntimeError(run.stderr)
    return run.stdout


def make_cases():
    """Each case with all its pictures, as dictionaries."""
    psql('-c', 'CREATE DATABASE ' + DATABASE, database='postgres')
    psql('-f', os.path.join(HERE, 'pictures_cases.sql'))
    return [json.loads(line)
            for line in psql(script=QUERY).rstrip('\n').split('\n')]


def drop_cases():
    psql('-c', 'DROP DATABASE ' + DATABASE, database='postgres')


# a line of JSON for each case
QUERY = r'''
SELECT replace(json_build_object('name', name, 'journey', j::jsonb,
    'map_svg', svg(j), 'map_svg_480', svg(j, 480),
    'map', (SELECT json_agg(m) FROM journey_map(j) m),
    'map_uri', svg_uri(j), 'map_mermaid', mermaid(j),
    'svg', svg(f), 'svg_480', svg(f, 480), 'svg_1280', svg(f, 1280),
    'uri', svg_uri(f), 'mermaid', mermaid(f), 'vega_lite', vega_lite(f),
    'stages', (SELECT json_agg(s) FROM stages(f) s),
    'leaks', (SELECT json_agg(l) FROM leaks(f) l))::text, E'\n', ' ')
FROM picture_cases ORDER BY name COLLATE "C";
'''


def cleaned(label):
    """The label as pictures show it."""
    label = re.sub('[\t\n\r\x85\u2028\u2029]', ' ', label)
    return re.sub('[\x00-\x1f\x7f-\x9f\ufffe\uffff]', '\ufffd', label)


def squeezed(text):
    """Without differences of blanks that no picture shows."""
    return ' '.join(re.split('[ \n]+', text)).strip(' ')


def clipped(label):
    """The label as Mermaid gets it."""
    if len(label) <= NAME_CHARS:
        return label
    return label[:NAME_CHARS - 1] + '\u2026'


def map_names(case):
    return [cleaned(stage['name']) for stage in case['journey']['stages']]


def funnel_names(case):
    return [cleaned(stage['stage']) for stage in case['stages']]
