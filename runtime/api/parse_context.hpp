// What the parsers of requests share.
#pragma once

#include "shardlog/wording.hpp"

namespace millbeck::capture::expression {
class ExpressionCache;
}  // namespace millbeck::capture::expression

namespace millbeck::runtime {

// Borrowed while a request is parsed. Threads: any.
struct ParseContext {
    capture::expression::ExpressionCache& expressions;
    shardlog::Wording wording = shardlog::Wording::Older;  // of the call that is parsed
};

}  // namespace millbeck::runtime
