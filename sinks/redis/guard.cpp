#include "sinks/redis/guard.hpp"

#include <utility>

#include "sinks/redis/connection.hpp"

namespace millbeck::sinks::redis {

using Verdict = GuardAnswer::Verdict;

namespace {

// Writing to a key that its own connection watches is what makes EXEC do nothing.
constexpr std::string_view kScript = R"lua(
local generation, oldest, mode = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('HGET', KEYS[1], 'generation')
local rows = redis.call('GET', KEYS[2])
local newest = redis.call('GET', KEYS[3])
local position = redis.call('HGET', KEYS[1], ARGV[4])
local function answer(verdict)
  if verdict ~= 'go' then
    redis.call('SET', KEYS[3], newest or '')
    if not newest then redis.call('DEL', KEYS[3]) end
  end
  return {verdict, newest or '', rows or '', position or ''}
end
if generation ~= '' and (held ~= generation or not rows) then return answer('lost') end
if generation ~= '' and position and position ~= '' and position == ARGV[5] then
  return answer('done')
end
if mode == 'any' then return answer('go') end
if mode == 'rows' then
  if rows and rows ~= '' then return answer('late') end
  return answer('go')
end
if rows == '' then
  redis.call('SET', KEYS[2], '00')
  return answer('again')
end
if not newest or newest >= oldest or rows and rows >= oldest then return answer('late') end
return answer('go')
)lua";

Verdict verdict_of(std::string_view text) {
    if (text == "go") {
        return Verdict::Go;
    }
    if (text == "again") {
        return Verdict::Again;
    }
    if (text == "done") {
        return Verdict::Done;
    }
    return text == "late" ? Verdict::Late : Verdict::Lost;
}

}  // namespace

void append_guard(CommandBuffer& commands, const GuardQuestion& question) {
    const KeyNames& names = question.names;
    commands.add({"WATCH", names.rows(), question.newest});
    // Never by its hash: a server that does not know it yet would let the transaction through.
    commands.add({"EVAL", kScript, "3", names.positions(), names.rows(), question.newest,
                  question.generation, question.oldest, question.mode, question.field,
                  question.position});
}

base::Result<GuardAnswer> read_guard(const Reply& reply) {
    if (reply.is_error()) {
        return tl::unexpected(error_of(reply));
    }
    constexpr std::size_t kParts = 4;
    if (!reply.is_array() || reply.elements.size() != kParts) {
        return base::fail(base::Code::Io, "the server answered a script with something else");
    }
    return GuardAnswer{verdict_of(reply.elements[0].text), reply.elements[1].text,
                       reply.elements[2].text, reply.elements[3].text};
}

}  // namespace millbeck::sinks::redis
