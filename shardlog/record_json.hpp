// A stream record in AWS's JSON, the only place that knows its names; used by GetRecords, by
// triggers and by `millbeck tail`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shardlog/record.hpp"

namespace millbeck::shardlog {

// Streams: an element of GetRecords' Records (no eventSourceARN; userIdentity in Pascal case).
// Lambda:  an element of a handler event's Records (eventSourceARN; userIdentity in camel case;
//          ApproximateCreationDateTime as a JSON float, 1678831218.0).
enum class RecordFlavour { Streams, Lambda };

// What a record does not carry itself. Borrowed for the call.
struct RecordContext {
    std::string_view region;
    std::string_view stream_arn;
    StreamViewType view_type = StreamViewType::NewAndOldImages;
    RecordFlavour flavour = RecordFlavour::Streams;
};

// Appends one JSON object; splices keys and images, builds nothing. Member order as AWS sends it.
// Source: facts recorded in ../README.md of this room; SizeBytes = keys + the images shown.
// Returns where in it the images begin; 0: it has none.
struct ImagePlaces {
    std::size_t new_image = 0;
    std::size_t old_image = 0;
};
ImagePlaces append_record_json(std::string& out, const RecordView& record,
                               const RecordContext& context);

// ---- parts of it, for who wants to know a few members and not their text

inline constexpr std::string_view kEventVersion = "1.1";
inline constexpr std::string_view kEventSource = "aws:dynamodb";

// Whether the record has the image and a stream of this view shows it.
bool shows_new_image(const RecordView& record, StreamViewType view_type);
bool shows_old_image(const RecordView& record, StreamViewType view_type);

// SizeBytes: of the keys and the images shown.
std::uint64_t shown_size_bytes(const RecordView& record, StreamViewType view_type);

// ApproximateCreationDateTime: seconds, rounded down, also before 1970.
std::int64_t creation_seconds(const RecordView& record);

// eventID, the same for the same stream and position, whoever reads and however often: 128 bits of
// the stream's ARN and the position, in lower-case hexadecimal.
void append_event_id(std::string& out, std::string_view stream_arn, SequenceNumber sequence);

// Upper bound of what append_record_json appends, without building it.
std::size_t record_json_size_max(const RecordView& record, const RecordContext& context);

}  // namespace millbeck::shardlog
