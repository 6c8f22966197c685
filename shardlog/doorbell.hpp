// "Something grew": a bell carries no data, and a lost ring costs one poll interval.
#pragma once

namespace millbeck::shardlog {

// Implemented by who waits. ring() runs on the writer's thread: it must not block, allocate much or
// call back into the log.
class Doorbell {
  public:
    virtual ~Doorbell() = default;
    virtual void ring() noexcept = 0;
};

}  // namespace millbeck::shardlog
