using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>The requests of the rows to a gateway's files and commands, as bytes.</summary>
internal sealed class ServiceRequests(GatewayServer server)
{
    private const int EnvelopeHeaderBytes = 5;
    private const string Boundary = "----benchmark";

    public byte[] Health => Create("GET", "/health", "", []);

    public byte[] Download(string path) => Create("GET", FilesTarget(path), "", []);

    /// <summary>Encodes the head of an upload whose body is the file.</summary>
    public byte[] UploadHead(string path, long bytes) =>
        CreateHead("POST", FilesTarget(path), "Content-Type: application/octet-stream\r\n", bytes);

    /// <summary>Encodes what is before and after the file in an upload as a form, which is what the SDKs send by default.</summary>
    public (byte[] Head, byte[] End) UploadForm(string path, long bytes)
    {
        var start = Encoding.ASCII.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{path}\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n");
        var end = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");
        var type = $"Content-Type: multipart/form-data; boundary={Boundary}\r\n";
        return ([.. CreateHead("POST", FilesTarget(path), type, start.Length + bytes + end.Length), .. start], end);
    }

    /// <summary>Encodes a call with one answer.</summary>
    public byte[] Call(string method, JsonObject message) =>
        Create("POST", method, "Content-Type: application/json\r\n", Encoding.UTF8.GetBytes(message.ToJsonString()));

    /// <summary>Encodes the start of a command, whose answer is the stream of its events.</summary>
    public byte[] StartCommand(string command, params string[] arguments) =>
        Create("POST", "/process.Process/Start", "Content-Type: application/connect+json\r\n", StartBody(command, arguments));

    /// <summary>Encodes the body of the start of a command.</summary>
    public static byte[] StartBody(string command, params string[] arguments)
    {
        var process = new JsonObject { ["cmd"] = command, ["args"] = new JsonArray([.. arguments.Select(text => (JsonNode)text)]) };
        var message = Encoding.UTF8.GetBytes(new JsonObject { ["process"] = process }.ToJsonString());
        var body = new byte[EnvelopeHeaderBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, EnvelopeHeaderBytes);
        return body;
    }

    private static string FilesTarget(string path) => $"/files?path={Uri.EscapeDataString(path)}";

    private byte[] Create(string method, string target, string headers, byte[] body) =>
        [.. CreateHead(method, target, headers, body.Length), .. body];

    private byte[] CreateHead(string method, string target, string headers, long bytes) => Encoding.ASCII.GetBytes(
        $"{method} {target} HTTP/1.1\r\nHost: {server.EndPoint}\r\nAuthorization: Bearer {server.Token}\r\n{headers}"
        + (bytes > 0 ? $"Content-Length: {bytes}\r\n\r\n" : "\r\n"));
}
