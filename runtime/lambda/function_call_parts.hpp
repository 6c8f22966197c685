// What the calls about functions share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/function_calls.hpp"

namespace millbeck::runtime::lambda {

using FunctionRecordPtr = std::shared_ptr<const FunctionRecord>;

LambdaAnswer answer_with(const nlohmann::ordered_json& body, unsigned status = 200);
LambdaAnswer no_content();

// The function that the path names, with the parameter Qualifier if `qualified`; exists or
// ResourceNotFoundException.
struct NamedFunction {
    FunctionReference reference;
    FunctionRecordPtr record;
};
LambdaResult<NamedFunction> named_function(const FunctionCallContext& context,
                                           const LambdaCall& call);
LambdaResult<FunctionRecordPtr> function_of(const FunctionCallContext& context,
                                            const FunctionReference& reference);

// A function of the configuration file is changed there.
LambdaResult<void> check_changeable(const FunctionRecord& record);

// PreconditionFailedException when `sent` is there and is not `current`.
LambdaResult<void> check_revision(const std::optional<std::string>& sent,
                                  const std::string& current);

// Durable when it returns.
LambdaResult<void> put(const FunctionCallContext& context, FunctionRecord record);

// Makes `$LATEST` a version, unless nothing has changed since the last one: that one then.
FunctionVersion& publish(FunctionRecord& record, const FunctionCallContext& context,
                         const std::string& description);

// Now, and a new revision.
void touch(FunctionVersion& version, const FunctionCallContext& context);

// One page of a list: Marker and MaxItems of the query, 50 items by default.
// Source: lambda API_ListFunctions (50 at most a page).
struct Page {
    std::size_t first = 0;
    std::size_t count = 0;
    std::string next;  // Marker of the next page; "" at the end
};
LambdaResult<Page> page_of(const LambdaCall& call, std::size_t items);

// Adds calls that take the context.
class FunctionRoutes {
  public:
    using Handle = LambdaResult<LambdaAnswer> (*)(const FunctionCallContext&, const LambdaCall&);

    // `table` is borrowed.
    FunctionRoutes(RouteTable& table, FunctionCallContext context)
        : table_(table), context_(std::move(context)) {}

    void add(std::string_view method, std::string_view pattern, Handle handle) {
        table_.add({method, pattern, [context = context_, handle](const LambdaCall& call) {
                        return handle(context, call);
                    }});
    }

  private:
    RouteTable& table_;
    const FunctionCallContext context_;
};

}  // namespace millbeck::runtime::lambda
