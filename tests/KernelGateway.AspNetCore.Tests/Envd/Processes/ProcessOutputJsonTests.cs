using System.Buffers;
using System.Text;
using FluentAssertions;
using Google.Protobuf;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.AspNetCore.Envd.Messages;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Processes;

public class ProcessOutputJsonTests
{
    [Test]
    public void Output_is_the_JSON_of_the_general_formatter(
        [Values(0, 1, 2, 3, 32_768)] int length, [Values("stdout", "stderr", "pty")] string stream)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var data = ByteString.CopyFrom(bytes);
        var happened = new ProcessEvent
        {
            Data = stream switch
            {
                "stdout" => new ProcessEvent.Types.DataEvent { Stdout = data },
                "stderr" => new ProcessEvent.Types.DataEvent { Stderr = data },
                _ => new ProcessEvent.Types.DataEvent { Pty = data },
            },
        };

        foreach (var message in (IMessage[])[new StartResponse { Event = happened }, new ConnectResponse { Event = happened }])
        {
            var output = new ArrayBufferWriter<byte>();
            ConnectCodec.Json.Write(message, output);

            var written = JToken.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
            JToken.DeepEquals(written, JToken.Parse(JsonFormatter.Default.Format(message))).Should().BeTrue();
        }
    }
}
