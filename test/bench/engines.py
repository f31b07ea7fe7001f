"""The engines under test, each a process that runs one statement at a time."""

import json
import os
import signal
import subprocess
import time


class Failed(Exception):
    pass


class Postgres:
    """A session of psql with the server that PGHOST and so on point to."""

    name = 'PostgreSQL'
    MARK = '-- end --'

    def __init__(self):
        self.process = subprocess.Popen(
            ('psql', '-X', '-q', '-A', '-t', '-F', ' ',
             '-v', 'ON_ERROR_STOP=1', '-f', '-'),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8')
        self.pid = int(self.run('SELECT pg_backend_pid()')[0])

    def run(self, sql):
        """The rows, each a text with a space between the columns."""
        self.process.stdin.write('%s;\n\\echo %s\n' % (sql, self.MARK))
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            line = line.rstrip('\n')
            if line == self.MARK:
                return rows
            rows.append(line)
        raise Failed('PostgreSQL failed on: ' + sql)

    def timed(self, sql):
        start = time.perf_counter()
        rows = self.run(sql)
        return time.perf_counter() - start, rows

    def memory(self):
        """Bytes of memory: the peak so far, and the shared part now."""
        found = {}
        with open('/proc/%d/status' % self.pid, encoding='ascii') as status:
            for line in status:
                name, _, value = line.partition(':')
                if name in ('VmHWM', 'RssShmem'):
                    found[name] = int(value.split()[0]) * 1024
        return found['VmHWM'], found['RssShmem']

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Rival:
    """Another engine, inside a process of node; stopped while it is not used,
    so that no thread of its own takes time from the others."""

    def __init__(self, name, modules, directory):
        self.name = name
        os.makedirs(directory, exist_ok=True)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              'rival.mjs')
        self.process = subprocess.Popen(
            ('node', script, name.lower(), modules, directory),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8')
        self.version = self.answer()['rows'][0][0].lstrip('v')
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed('%s ended' % self.name)
        reply = json.loads(line)
        if 'error' in reply:
            raise Failed('%s: %s' % (self.name, reply['error']))
        return reply

    def timed(self, sql, threads=2):
        """The seconds that the statement took, and rows as Postgres.run."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(
                json.dumps({'sql': sql, 'threads': threads}) + '\n')
            self.process.stdin.flush()
            reply = self.answer()
        finally:
            self.process.send_signal(signal.SIGSTOP)
        return reply['seconds'], [' '.join(row) for row in reply['rows']]

    def run(self, sql):
        return self.timed(sql)[1]

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()
