// The custom SMS sender as Cognito's developer guide describes it for Node.js: decrypt with the Encryption SDK, send.
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KMS_KEY_ARN] });
const sns = new SNSClient({});

export const handler = async (event) => {
  const { plaintext } = await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  const answer = await sns.send(
    new PublishCommand({
      PhoneNumber: event.request.userAttributes.phone_number,
      Message: `Your code is ${plaintext.toString()}`,
    }),
  );
  return { outcome: "SENT", id: answer.MessageId };
};
