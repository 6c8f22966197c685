// The copy in a DynamoDB table, read back by Scan.
#pragma once

#include <string>
#include <vector>

#include "sinks/copy_reader.hpp"
#include "sinks/dynamodb/dynamodb_endpoint.hpp"
#include "sinks/dynamodb/dynamodb_item.hpp"

namespace millbeck::sinks {

class DynamoDbCopy final : public CopyReader {
  public:
    // Borrowed.
    DynamoDbCopy(DynamoDbEndpoint& endpoint, const DynamoDbItems& items, std::string table)
        : endpoint_(endpoint), items_(items), table_(std::move(table)) {}

    [[nodiscard]] base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const override;
    base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                      base::Instant deadline) override;
    base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) override;

  private:
    base::Result<std::vector<std::string>> key_names(base::Instant deadline);

    DynamoDbEndpoint& endpoint_;
    const DynamoDbItems& items_;
    const std::string table_;
};

}  // namespace millbeck::sinks
