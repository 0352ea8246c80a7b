using System.Buffers;
using System.Buffers.Text;
using Google.Protobuf;
using KernelGateway.AspNetCore.Envd.Connect;

namespace KernelGateway.AspNetCore.Envd.Messages;

/// <summary>Writes the output of processes as JSON.</summary>
/// <remarks>
/// The general formatter makes several strings of each piece. Those of a full one are large objects, whose memory is given back
/// late: 200 commands with much output had the gateway grow by 800 MB.
/// </remarks>
internal static class ProcessOutputJson
{
    /// <summary>Writes an answer with this event; false when it is not output.</summary>
    public static bool TryWrite(ProcessEvent? happened, IBufferWriter<byte> output) => happened?.Data switch
    {
        { OutputCase: ProcessEvent.Types.DataEvent.OutputOneofCase.Stdout } data => Write("stdout"u8, data.Stdout, output),
        { OutputCase: ProcessEvent.Types.DataEvent.OutputOneofCase.Stderr } data => Write("stderr"u8, data.Stderr, output),
        { OutputCase: ProcessEvent.Types.DataEvent.OutputOneofCase.Pty } data => Write("pty"u8, data.Pty, output),
        _ => false,
    };

    private static bool Write(ReadOnlySpan<byte> name, ByteString data, IBufferWriter<byte> output)
    {
        output.Write("{\"event\":{\"data\":{\""u8);
        output.Write(name);
        output.Write("\":\""u8);
        var text = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(data.Length));
        Base64.EncodeToUtf8(data.Span, text, out _, out var length);
        output.Advance(length);
        output.Write("\"}}}"u8);
        return true;
    }
}

internal sealed partial class StartResponse : IJsonWritable
{
    bool IJsonWritable.TryWriteJson(IBufferWriter<byte> output) => ProcessOutputJson.TryWrite(Event, output);
}

internal sealed partial class ConnectResponse : IJsonWritable
{
    bool IJsonWritable.TryWriteJson(IBufferWriter<byte> output) => ProcessOutputJson.TryWrite(Event, output);
}
