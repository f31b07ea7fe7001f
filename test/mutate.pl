#!/usr/bin/perl
#
# Feeds broken values to the types' binary and text input.
#
#	test/mutate.pl [rounds [seed]]
#
# The server is found as psql finds it (PGHOST, PGPORT, PGDATABASE, ...); the
# extension must be there and in the search path.  Values of each type are
# fetched in binary form, changed at random and sent back, one a COPY; the same
# with their text forms, and what the fuzzer has found (fuzz/seeds).  Every one
# must be refused with one of the documented SQLSTATEs, or be a value that its own
# text and binary forms give back.
#
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $rounds = shift // 1000;
my $seed = shift // time;
srand($seed);

# \u0000 and wrong encodings are refused by the server itself
my %allowed = map { $_ => 1 }
  qw(22P02 22P03 22023 22003 54000 0A000 22P05 22021);

my $stages = '"stages": [{"name": "a"}, {"name": "b", "events": ["x", "y"]}]';
my %samples = (
	stage => [
		q('cart'),
		q('"sign up"(form|oauth)?'),
		q('{"name": "pay", "within": "2 hours", "without": ["refund"],
			"expected_drop_off": 0.25, "feeling": -0.5, "evidence": "guess",
			"pains": ["slow", "dear"], "opportunities": ["fast"]}'),
	],
	journey => [
		q('a -> b -> c within 7 days'),
		q('a(x|y) -> "b c"? -> d within 30 minutes strict'),
		q('{"stages": [{"name": "a", "goal": "find"}, {"name": "b",
			"without": ["z"]}], "title": "t", "persona": "p",
			"as_of": "2024-01-01T00:00:00Z",
			"entered_from": "2023-01-01T00:00:00Z"}'),
	],
	funnel => [
		qq('{"version": 1, "journey": {$stages}, "stages": [{"stage": "a"},
			{"stage": "b"}]}'),
		qq('{"version": 1, "journey": {$stages}, "stages": [
			{"stage": "a", "reached": 300, "entered": 300, "dropped": 100,
			"waiting": 20, "settled": 250, "valued": 200, "valued_dropped": 9,
			"valued_waiting": 2, "value_millionths": 987654321000000,
			"value_lost_millionths": -54321000000,
			"value_lost_squares_trillionths": 5432100000000000000000,
			"value_waiting_millionths": 1, "excluded": 4,
			"to_next_us": [[0, 1], [64, 9], [130, [13, 7]],
				[86400000000, 150]]},
			{"stage": "b", "reached": 180, "from_first_us":
				[[0, 1], [64, 9], [130, [20]],
				[85899345920, [140, 8, 2]]]}], "touchpoints": [
			{"stage": "b", "events": 3, "customers": 2, "felt": 3},
			{"channel": "mail", "stage": "a", "events": 9, "customers": 3,
			"felt": 3, "felt_negative": 1, "feeling_millionths": 1000000},
			{"channel": "web", "stage": "a", "events": 7, "customers": 6},
			{"channel": "web", "stage": "b", "events": 1, "customers": 1}]}'),
		# channels and feelings: all kinds of names; more than have rows
		q((SELECT funnel('a -> b?', i % 4, timestamptz '2026-01-01Z'
				+ i * interval '1 s', (ARRAY['a', 'q', 'b'])[1 + i / 4 % 3], i,
				(ARRAY['', NULL, 'web', 'we', 'Z"\ü', repeat('x', 300)])[1 + i % 6],
				CASE WHEN i % 5 > 1 THEN i % 7 / 3.5 - 1 END)
			FROM generate_series(1, 40) i)),
		q((SELECT funnel('a -> b', i % 3, timestamptz '2026-01-01Z'
				+ i * interval '1 s', (ARRAY['a', 'q', 'b'])[1 + i / 3 % 3], NULL,
				'c' || i % 67, CASE WHEN i % 2 > 0 THEN i % 7 / 3.5 - 1 END)
			FROM generate_series(1, 200) i)),
	],
	timeline => [
		q('{"events": [["2026-01-01T00:00:00Z", "a"],
			["2026-01-01T00:00:09Z", "b"], ["2026-01-02T00:00:00Z", "a"]]}'),
		q('{"events": [["2026-01-01T00:00:00Z", "a", 5],
			["2026-01-01T00:00:00Z", "a", 7.25, "web", -0.5],
			["2026-01-01T00:00:00Z", "b", null, "app"],
			["2026-01-03T00:00:00.000001Z", "a", 5, "app", 1],
			["2026-01-03T00:00:00.000001Z", "", -3, null, 0]]}'),
		q('{"events": [["2026-01-01T00:00:00Z", "a", 0.1234567890123],
			["1999-01-01T00:00:00Z", "b", -1e12], ["1999-01-01T00:00:00Z", "b"],
			["1999-01-01T00:00:00Z", "b"], ["1999-01-01T00:00:00Z", "b", 0]]}'),
	]);

my $dir = tempdir(CLEANUP => 1);
my @psql = qw(psql -X -q -A -t -v VERBOSITY=sqlstate);

sub run_psql
{
	my ($script) = @_;
	my $file = "$dir/script.sql";

	write_file($file, $script);
	open(my $pipe, '-|', "@psql -f '$file' 2>&1") or die "psql: $!";
	binmode($pipe);
	local $/;
	my $output = <$pipe>;
	close($pipe) or die "psql failed, seed $seed: " . substr($output, -2000);
	return $output;
}

sub write_file
{
	my ($file, $bytes) = @_;

	open(my $out, '>:raw', $file) or die "$file: $!";
	print $out $bytes;
	close($out) or die "$file: $!";
}

# A binary COPY file of one row with one column, and the column's bytes.
sub copy_file { return "PGCOPY\n\xff\r\n\0" . pack('NNnN/a*', 0, 0, 1, $_[0])
	  . "\xff\xff"; }
sub copy_value { return unpack('x19 x2 N/a*', $_[0]); }

sub mutate
{
	my ($bytes, $other, $random_byte) = @_;

	for (0 .. int(rand(3)))
	{
		my $at = int(rand(length($bytes) + 1));
		my $len = 1 + int(rand(4));
		my $kind = int(rand(7));

		if ($kind <= 1 && $at < length($bytes))
		{
			substr($bytes, $at, 1) = $random_byte->();
		}
		elsif ($kind == 2 && $at < length($bytes))
		{
			# one more or less: counts and lengths just out of range
			my $c = ord(substr($bytes, $at, 1)) + (rand() < 0.5 ? 1 : -1);
			substr($bytes, $at, 1) = chr($c & 0xff);
		}
		elsif ($kind == 3)
		{
			substr($bytes, $at, 0) =
			  join('', map { $random_byte->() } 1 .. $len);
		}
		elsif ($kind == 4)
		{
			substr($bytes, $at, $len) = '' if $at < length($bytes);
		}
		elsif ($kind == 5)
		{
			$bytes = substr($bytes, 0, $at);
		}
		else
		{
			my $from = int(rand(length($other)));
			substr($bytes, $at, 0) = substr($other, $from, 4 * $len);
		}
	}
	return $bytes;
}

sub found_by_fuzzer
{
	my ($target) = @_;
	my $file = dirname(__FILE__) . "/fuzz/seeds/$target.hex";
	my @found;

	return () if !-e $file;
	open(my $in, '<', $file) or die "$file: $!";
	chomp(@found = <$in>);
	close($in);
	return map { pack('H*', $_) } @found;
}

# A value that is taken must be the one that its own forms give back.
sub binary_script
{
	my ($type, @values) = @_;
	my $n = 0;
	my $script = "CREATE TEMP TABLE taken (v $type);\n";

	for my $value (@values)
	{
		my $file = "$dir/" . $n++;
		write_file($file, copy_file($value));
		$script .= "\\copy taken from '$file' (format binary)\n";
	}
	return $script . qq(
		SELECT 'taken ' || count(*) FROM taken;
		SELECT 'BAD ' || v::text FROM taken
		WHERE ${type}_send(v::text::$type) <> ${type}_send(v);\n);
}

sub text_script
{
	my ($type, @values) = @_;
	my $script = "CREATE TEMP TABLE taken (v $type);\n";

	for my $value (@values)
	{
		$value =~ s/'/''/g;
		$script .= "INSERT INTO taken VALUES ('$value');\n";
	}
	return $script . qq(
		SELECT 'taken ' || count(*) FROM taken;
		SELECT 'BAD ' || v::text FROM taken
		WHERE ${type}_send(v::text::$type) <> ${type}_send(v);\n);
}

# Statements that read taken values; they may be errors, too.
my %readers = (funnel => q(
		SELECT 'BAD ' || v::text FROM taken
		WHERE (SELECT count(*) FROM stages(v), touchpoints(v)) < 0;
		SELECT 'BAD ' || v::text FROM taken WHERE (v + v)::text::funnel <> v + v;));

sub judge
{
	my ($what, $output) = @_;
	my %seen;
	my $taken = 'none';

	for my $line (split(/\n/, $output))
	{
		if ($line =~ /ERROR:\s+(\w{5})$/)
		{
			$seen{$1}++;
		}
		elsif ($line =~ /^taken (\d+)$/)
		{
			$taken = $1;
		}
		elsif ($line ne '')
		{
			die "$what, seed $seed: $line\n";
		}
	}
	for my $code (keys %seen)
	{
		die "$what, seed $seed: SQLSTATE $code\n" if !$allowed{$code};
	}
	die "$what, seed $seed: no answer\n" if $taken eq 'none';
	print "$what: $taken taken, refused: ",
	  join(', ', map { "$seen{$_} $_" } sort keys %seen), "\n";
}

my $started = run_psql('SELECT pg_postmaster_start_time();');
my $any_byte = sub { return chr(int(rand(256))) };
my @ascii = split(//, qq({}[]()",:->|?. \n0123456789eE-null));
my $ascii_byte = sub { return $ascii[ rand(@ascii) ] };

for my $type (sort keys %samples)
{
	my (@binary, @text);

	for my $sample (@{ $samples{$type} })
	{
		push @binary,
		  copy_value(
			run_psql("COPY (SELECT $sample\::$type) TO STDOUT (FORMAT binary)"));
		chomp(my $text = run_psql("SELECT $sample\::$type"));
		push @text, $text;
	}
	judge("$type, binary", run_psql(
			binary_script($type, @binary,
				found_by_fuzzer("${type}_binary"), map {
					mutate($binary[ rand(@binary) ], $binary[ rand(@binary) ],
						$any_byte)
				} 1 .. $rounds) . ($readers{$type} // '')));
	judge("$type, text", run_psql(
			text_script($type, @text,
				(map { s/\0.*//sr } found_by_fuzzer("${type}_text")), map {
					mutate($text[ rand(@text) ], $text[ rand(@text) ],
						$ascii_byte)
				} 1 .. $rounds) . ($readers{$type} // '')));
}
die "the server was restarted, seed $seed\n"
  if run_psql('SELECT pg_postmaster_start_time();') ne $started;
print "seed $seed: all refused or sound\n";
