// The same as the guide prints it: it loads version 2 of the AWS SDK beside the Encryption SDK, which brings version 3.
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import AWS from "aws-sdk";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KMS_KEY_ARN] });
// Version 2 does not know AWS_ENDPOINT_URL.
const sns = new AWS.SNS({ endpoint: process.env.AWS_ENDPOINT_URL });

export const handler = async (event) => {
  const { plaintext } = await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  const answer = await sns
    .publish({
      PhoneNumber: event.request.userAttributes.phone_number,
      Message: `Your code is ${plaintext.toString()}`,
    })
    .promise();
  return { outcome: "SENT", id: answer.MessageId };
};
