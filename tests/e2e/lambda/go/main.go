// A Lambda function as one writes it in Go: it knows nothing of Millbeck. Appends the keys of the
// records to the file that OUT names; fails once for a record with the attribute "fail".
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var failed = false

func handle(ctx context.Context, event events.DynamoDBEvent) (string, error) {
	details, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	if details.AwsRequestID == "" || deadline.IsZero() {
		return "", errors.New("no request id or no deadline")
	}
	for _, record := range event.Records {
		if _, asked := record.Change.NewImage["fail"]; asked && !failed {
			failed = true
			return "", errors.New("asked to fail")
		}
	}
	file, err := os.OpenFile(os.Getenv("OUT"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0600)
	if err != nil {
		return "", err
	}
	defer file.Close()
	for _, record := range event.Records {
		fmt.Fprintln(file, record.Change.Keys["id"].String())
		fmt.Println("seen", record.Change.Keys["id"].String())
	}
	return "done", nil
}

func main() {
	lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {
		file, err := os.OpenFile(os.Getenv("OUT"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0600)
		if err == nil {
			fmt.Fprintln(file, "farewell")
			file.Close()
		}
	}))
}
