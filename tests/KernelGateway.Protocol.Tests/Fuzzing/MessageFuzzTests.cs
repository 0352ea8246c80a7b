using System.Text;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>Reads damaged copies of recorded messages with the codec and with all readers of decoded messages.</summary>
public sealed class MessageFuzzTests
{
    private const int Frames = 40_000;
    private const int Signed = 25_000;
    private const int ConnectionFiles = 5_000;

    // The object model takes far more memory than the text: an empty array of two bytes is an object, a list and its items.
    private const int ObjectModelBytes = 512;

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void Damaged_frames_are_read_or_dropped_for_a_reason(CancellationToken token) => Try(Frames, FuzzedMessage.MakeFrames, token);

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void Signed_parts_of_any_shape_are_read_as_far_as_they_can_be(CancellationToken token) =>
        Try(Signed, FuzzedMessage.MakeSigned, token);

    [Test]
    [CancelAfter(120_000)]
    public void A_damaged_connection_file_is_read_or_refused_with_the_field_named(CancellationToken token)
    {
        var good = new JObject
        {
            ["shell_port"] = 50001, ["iopub_port"] = 50002, ["stdin_port"] = 50003, ["control_port"] = 50004, ["hb_port"] = 50005,
            ["ip"] = "127.0.0.1", ["key"] = "abc-def", ["transport"] = "tcp", ["signature_scheme"] = "hmac-sha256", ["kernel_name"] = "echo",
        };
        var text = Encoding.UTF8.GetBytes(good.ToString());

        new FuzzRun(TestContext.Out) { BytesPerByte = ObjectModelBytes }.Try(
            ConnectionFiles,
            random => random.Next(2) == 0 ? ByteMutator.Mutate(text, random, text) : JsonMutator.Mutate(good, random),
            file => [file],
            file =>
            {
                try
                {
                    var info = ConnectionFileFormat.Parse("kernel.json", file);
                    ConnectionFileFormat.Parse("kernel.json", ConnectionFileFormat.Serialize(info));
                }
                catch (ConnectionFileException)
                {
                    // A documented exception.
                }

                return 1;
            },
            token);
    }

    private static void Try(int inputs, Func<Random, FuzzedMessage> make, CancellationToken token)
    {
        var run = new FuzzRun(TestContext.Out) { BytesPerByte = ObjectModelBytes, FixedBytes = 1 << 20 };
        var types = ContentReading.MessageTypes;
        run.Try(
            inputs,
            random => (Message: make(random), OtherType: types[random.Next(types.Count)]),
            input => input.Message.Frames,
            input => MessageReading.Read(input.Message, input.OtherType),
            token);
    }
}
