# Harvests a repository with HTTP::OAI and prints one line for each record: its identifier, and "deleted" or its title.
use strict;
use warnings;
use HTTP::OAI;
use XML::LibXML;

binmode STDOUT, ':utf8';
my ($url, $prefix, @more) = @ARGV;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $url);
my $list = $harvester->ListRecords(
	metadataPrefix => $prefix, @more,
	onRecord => sub {
		my ($record) = @_;
		my $what = 'deleted';
		if (!$record->is_deleted) {
			my ($title) = $record->metadata->dom->findnodes('.//*[local-name()="title"]');
			$what = $title ? $title->textContent : '?';
			$what =~ s/\s+/ /g;
		}
		print $record->identifier, "\t", $what, "\n";
	},
);
die $list->code, ' ', $list->message, "\n" if $list->is_error;
