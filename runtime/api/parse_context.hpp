// What the parsers of requests share.
#pragma once

namespace millbeck::capture::expression {
class ExpressionCache;
}  // namespace millbeck::capture::expression

namespace millbeck::runtime {

// Borrowed while a request is parsed. Threads: any.
struct ParseContext {
    capture::expression::ExpressionCache& expressions;
};

}  // namespace millbeck::runtime
