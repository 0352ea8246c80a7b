using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Tests.Legacy.Support;

/// <summary>A process of <see cref="ScriptedService"/>: the stream of events that the client follows.</summary>
internal sealed class ScriptedCommand
{
    public const int Pid = 42;

    private readonly Pipe _pipe = new();

    public ScriptedCommand() => Send(new JObject { ["event"] = new JObject { ["start"] = new JObject { ["pid"] = Pid } } });

    /// <summary>Returns the answer to the request that starts it.</summary>
    public HttpResponseMessage Answer()
    {
        var content = new StreamContent(_pipe.Reader.AsStream());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/connect+json");
        return new HttpResponseMessage { Content = content };
    }

    public ScriptedCommand Write(string text) => Write("stdout", text);

    public ScriptedCommand WriteError(string text) => Write("stderr", text);

    /// <summary>Ends it.</summary>
    /// <param name="exitCode">Its exit code; -1 as if by a signal.</param>
    public void End(int exitCode = 0)
    {
        var status = exitCode == -1 ? "signal: killed" : $"exit status {exitCode}";
        Send(new JObject { ["event"] = new JObject { ["end"] = new JObject { ["exitCode"] = exitCode, ["exited"] = exitCode >= 0, ["status"] = status } } });
        Send([], isEnd: true);
        _pipe.Writer.Complete();
    }

    private ScriptedCommand Write(string stream, string text)
    {
        var data = new JObject { [stream] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) };
        Send(new JObject { ["event"] = new JObject { ["data"] = data } });
        return this;
    }

    private void Send(JObject message, bool isEnd = false)
    {
        var payload = Encoding.UTF8.GetBytes(message.ToString(Formatting.None));
        var envelope = new byte[5 + payload.Length];
        envelope[0] = isEnd ? (byte)2 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), payload.Length);
        payload.CopyTo(envelope, 5);
        _pipe.Writer.AsStream(leaveOpen: true).Write(envelope);
    }
}
