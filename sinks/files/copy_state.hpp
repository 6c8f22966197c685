// What a folder of files holds, as its journal and its manifest say it; pure.
//
// `_journal`: one line for each commit: the parts it changed, with their lengths, and where its
// shards stand. Lines add up; the file is written anew when it is long.
// `_manifest.ndjson`: one line for each complete file. Only appended to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/position_keeper.hpp"

namespace millbeck::sinks {

// First and last sequence number of a shard in a file.
struct SequenceSpan {
    std::string first;
    std::string last;
};

// A file that is being written.
struct OpenPart {
    std::string partition;         // its folder
    std::uint64_t bytes = 0;       // in the file
    std::uint64_t text_bytes = 0;  // before compression
    std::uint64_t records = 0;
    std::int64_t since = 0;  // wall time of its making, milliseconds
    std::map<std::string, SequenceSpan> shards;
};

using PartNumber = std::uint64_t;

struct CopyState {
    std::map<PartNumber, OpenPart> open;
    Positions positions;
    std::string last_sequence{"0"};  // the highest of all, as an integer

    // Adds up what another one says in addition.
    void merge(const CopyState& newer);
};

// As integers of any length.
bool is_newer(std::string_view sequence, std::string_view than);

// A line of the journal, sealed; and all of them, read.
std::string journal_line(const CopyState& change);
base::Result<CopyState> read_journal(std::string_view text);

struct CompleteFile {
    PartNumber number = 0;
    std::string file;  // relative to the folder of the generation
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
};

struct Manifest {
    std::map<PartNumber, CompleteFile> files;
    std::string text;  // without a torn end
};

std::string manifest_line(const CompleteFile& file, const OpenPart& part);
base::Result<Manifest> read_manifest(std::string_view text);
void add(Manifest& manifest, CompleteFile file, std::string_view line);

}  // namespace millbeck::sinks
