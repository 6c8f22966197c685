#include "runtime/api/shapes.hpp"

#include "base/result.hpp"

namespace millbeck::runtime {

const Shape& shape_of(Operation operation) {
    switch (operation) {
        case Operation::CreateTable:
            return shapes::kCreateTable;
        case Operation::DescribeTable:
            return shapes::kTableOnly;
        case Operation::ListTables:
            return shapes::kListTables;
        case Operation::DeleteTable:
            return shapes::kTableOnly;
        case Operation::UpdateTable:
            return shapes::kUpdateTable;
        case Operation::PutItem:
            return shapes::kPutItem;
        case Operation::GetItem:
            return shapes::kGetItem;
        case Operation::DeleteItem:
            return shapes::kDeleteItem;
        case Operation::BatchWriteItem:
            return shapes::kBatchWriteItem;
        case Operation::BatchGetItem:
            return shapes::kBatchGetItem;
        case Operation::ListStreams:
            return shapes::kListStreams;
        case Operation::DescribeStream:
            return shapes::kDescribeStream;
        case Operation::GetShardIterator:
            return shapes::kGetShardIterator;
        case Operation::GetRecords:
            return shapes::kGetRecords;
    }
    base::check_failed(__FILE__, __LINE__, "operation", "not an enumerator");
}

}  // namespace millbeck::runtime
