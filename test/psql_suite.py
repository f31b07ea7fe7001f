"""What suites in Python share: results, psql, the server's programs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

failures = 0


def check(good, what, detail=''):
    """One line of result; the detail where it is bad."""
    global failures
    print('%s - %s' % ('ok' if good else 'not ok', what), flush=True)
    if not good:
        failures += 1
        for line in str(detail).splitlines()[:40]:
            print('# ' + line[:400], flush=True)


def skipped(what, why):
    print('ok - %s # SKIP %s' % (what, why), flush=True)


def stop_on_signals():
    """What stands in "finally" is done, too, where a signal ends us."""
    def stop(number, _):
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


class Failed(Exception):
    """What a program wrote to standard error"""


PSQL = ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
        '-v', 'VERBOSITY=verbose', '-f', '-')


def environment(where):
    """Where: a database of the server at hand, or PG... settings."""
    if isinstance(where, str):
        where = {'PGDATABASE': where}
    return dict(os.environ, **where)


def run(command, where=None, **more):
    """What a program prints; Failed if it fails."""
    done = subprocess.run(command, env=environment(where or {}),
                          capture_output=True, encoding='utf-8', check=False,
                          **more)
    if done.returncode:
        raise Failed('%s: %s' % (command[0], done.stderr or done.stdout))
    return done.stdout


def psql(script, where=None):
    return run(PSQL, where, input=script).strip()


def documented(document, *starts):
    """The blocks of SQL in the document that start so, in their order there."""
    with open(document, encoding='utf-8') as file:
        blocks = re.findall(r'^```sql\n(.*?)^```$', file.read(),
                            re.MULTILINE | re.DOTALL)
    found = [[b for b in blocks if b.startswith(start)] for start in starts]
    for start, some in zip(starts, found):
        if len(some) != 1:
            sys.exit('%d blocks of %s start with %s' % (len(some), document,
                                                        start))
    return '\n'.join(some[0] for some in found)


def drop_databases(*names):
    """At the end, when the server itself may be gone."""
    for name in names:
        try:
            psql('DROP DATABASE IF EXISTS %s (FORCE)' % name)
        except Failed as failure:
            print('# %s' % failure)


def program(name):
    """The path of a program of the server's release."""
    bindir = run((os.environ.get('PG_CONFIG', 'pg_config'), '--bindir'))
    return os.path.join(bindir.strip(), name)


class ServerUser:
    """Programs of the server refuse to run as root: they run as its owner."""

    def __init__(self):
        status = os.stat(psql('SHOW data_directory'))
        self.prefix = ()
        self.uid, self.gid = status.st_uid, status.st_gid
        if os.getuid() == 0:
            self.prefix = ('setpriv', '--reuid=%d' % self.uid,
                           '--regid=%d' % self.gid, '--clear-groups')

    def run(self, name, *arguments, **more):
        # not a pipe, which the server that pg_ctl starts would keep open
        with tempfile.TemporaryFile('w+', encoding='utf-8') as output:
            done = subprocess.run(
                self.prefix + (program(name),) + arguments,
                stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, check=False, cwd='/', **more)
            output.seek(0)
            if done.returncode:
                raise Failed('%s: %s' % (name, output.read()))

    def directory(self):
        """A private directory; its path is short, for sockets."""
        base = tempfile.gettempdir()
        path = tempfile.mkdtemp(prefix='journey.',
                                dir=base if len(base) <= 60 else '/tmp')
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)
        return path


class SecondServer:
    """A copy of the server at hand, which follows it until it is promoted."""

    # a standby must not have less of the last five
    ALIKE = ('port', 'max_connections', 'max_worker_processes',
             'max_wal_senders', 'max_prepared_transactions',
             'max_locks_per_transaction')

    def __init__(self):
        self.user = ServerUser()
        self.base = self.user.directory()
        self.data = os.path.join(self.base, 'data')
        self.environment = {'PGHOST': self.base}

    def copy(self):
        self.user.run('pg_basebackup', '-D', self.data, '-R', '-X', 'stream',
                      '-c', 'fast', '--no-sync')

    def start(self, *settings):
        options = ['-c %s=%s' % (name, psql('SHOW ' + name))
                   for name in self.ALIKE]
        options += ['-c ' + setting for setting in settings]
        self.user.run('pg_ctl', 'start', '-w', '-D', self.data,
                      '-l', os.path.join(self.base, 'log'),
                      '-o', '-k %s %s' % (self.base, ' '.join(options)))

    def promote(self):
        self.user.run('pg_ctl', 'promote', '-w', '-D', self.data)

    def stop(self, mode='immediate'):
        self.user.run('pg_ctl', 'stop', '-w', '-D', self.data, '-m', mode)

    def log(self):
        try:
            with open(os.path.join(self.base, 'log'), encoding='utf-8') as file:
                return file.read()[-3000:]
        except OSError:
            return ''

    def database(self, name):
        """For psql() and run()."""
        return dict(self.environment, PGDATABASE=name)

    def remove(self):
        if os.path.exists(os.path.join(self.data, 'postmaster.pid')):
            try:
                self.stop()
            except Failed as failure:
                print('# %s' % failure)
        shutil.rmtree(self.base, ignore_errors=True)
