using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Connection;

/// <summary>Knows the JSON of a connection file.</summary>
internal static class ConnectionFileFormat
{
    private const int MaxPort = 65_535;

    private static readonly string[] KnownFields =
    [
        "transport", "ip", "shell_port", "iopub_port", "stdin_port", "control_port", "hb_port", "key", "signature_scheme",
        "kernel_name", "jupyter_session", "curve_publickey", "curve_secretkey",
    ];

    public static KernelConnectionInfo Parse(string path, ReadOnlyMemory<byte> json)
    {
        var fields = ReadObject(path, json);
        var transport = ReadTransport(path, fields);
        return new KernelConnectionInfo
        {
            Transport = transport,
            Ip = ReadIp(path, fields, transport),
            ShellPort = ReadPort(path, fields, "shell_port"),
            IOPubPort = ReadPort(path, fields, "iopub_port"),
            StdinPort = ReadPort(path, fields, "stdin_port"),
            ControlPort = ReadPort(path, fields, "control_port"),
            HeartbeatPort = ReadPort(path, fields, "hb_port"),
            // As in the reference implementation, no key means no signatures; a key of the wrong type is an error of the file.
            Key = ReadText(path, fields, "key") ?? "",
            SignatureScheme = ReadScheme(path, fields),
            KernelName = ReadText(path, fields, "kernel_name") is { Length: > 0 } name ? name : null,
            JupyterSession = ReadText(path, fields, "jupyter_session"),
            CurvePublicKey = ReadText(path, fields, "curve_publickey"),
            CurveSecretKey = ReadText(path, fields, "curve_secretkey"),
            ExtraFields = ReadExtraFields(path, fields),
        };
    }

    public static ReadOnlyMemory<byte> Serialize(KernelConnectionInfo info)
    {
        var json = new JObject
        {
            ["shell_port"] = info.ShellPort,
            ["iopub_port"] = info.IOPubPort,
            ["stdin_port"] = info.StdinPort,
            ["control_port"] = info.ControlPort,
            ["hb_port"] = info.HeartbeatPort,
            ["ip"] = info.Ip,
            ["key"] = info.Key,
            ["transport"] = info.Transport switch
            {
                KernelTransport.Ipc => "ipc",
                KernelTransport.InProc => "inproc",
                _ => "tcp",
            },
            ["signature_scheme"] = info.SignatureScheme,
            ["kernel_name"] = info.KernelName ?? "",   // readers that look for running kernels pass over files without it
        };
        if (info.JupyterSession is not null) json["jupyter_session"] = info.JupyterSession;
        if (info.CurvePublicKey is not null) json["curve_publickey"] = info.CurvePublicKey;
        if (info.CurveSecretKey is not null) json["curve_secretkey"] = info.CurveSecretKey;
        foreach (var property in info.ExtraFields?.Properties() ?? []) json[property.Name] ??= property.Value.DeepClone();
        return JsonTokens.Serialize(json);
    }

    private static ContentFields ReadObject(string path, ReadOnlyMemory<byte> json)
    {
        if (json.Span.Trim(" \t\r\n"u8).IsEmpty) throw new ConnectionFileException(path, null, "is empty");
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new ConnectionFileException(path, null, $"is not a JSON object but a JSON {reader.TokenType}");
            reader.Skip();
            reader.Read();   // throws when something follows the object
        }
        catch (JsonException exception)
        {
            var where = exception.Message.TrimEnd('.');
            throw new ConnectionFileException(path, null, $"is cut short or not JSON: {where}", exception);
        }
        return ContentFields.Read(json);
    }

    private static KernelTransport ReadTransport(string path, in ContentFields fields) =>
        ReadText(path, fields, "transport") switch
        {
            null or "tcp" => KernelTransport.Tcp,
            "ipc" => KernelTransport.Ipc,
            "inproc" => KernelTransport.InProc,
            var other => throw new ConnectionFileException(path, "transport", $"is '{other}'; known are tcp, ipc and inproc"),
        };

    private static string ReadIp(string path, in ContentFields fields, KernelTransport transport)
    {
        var ip = ReadText(path, fields, "ip");
        if (transport == KernelTransport.Tcp)
        {
            return ip switch
            {
                // The address to which a kernel binds is not always one to connect to.
                null or "" or "*" or "0.0.0.0" => "127.0.0.1",
                "::" or "[::]" => "::1",
                _ => ip,
            };
        }
        return string.IsNullOrEmpty(ip)
            ? throw new ConnectionFileException(path, "ip", "is missing; it is the prefix of the sockets' names")
            : ip;
    }

    private static int ReadPort(string path, in ContentFields fields, string name)
    {
        var value = Get(fields, name);
        if (value.IsNull) throw new ConnectionFileException(path, name, "is missing");
        if (value.AsInt64() is not { } port)   // the schema allows a number in a string
            throw new ConnectionFileException(path, name, $"is not a whole number but a JSON {value.Kind}");
        return port is >= 1 and <= MaxPort
            ? (int)port
            : throw new ConnectionFileException(path, name, $"is {port}; ports go from 1 to {MaxPort}");
    }

    private static string ReadScheme(string path, in ContentFields fields)
    {
        var scheme = ReadText(path, fields, "signature_scheme");
        if (string.IsNullOrEmpty(scheme)) return MessageSigner.DefaultScheme;
        return MessageSigner.IsKnownScheme(scheme)
            ? scheme
            : throw new ConnectionFileException(
                path, "signature_scheme", $"is '{scheme}'; known are hmac-sha256, hmac-sha512 and hmac-md5");
    }

    private static string? ReadText(string path, in ContentFields fields, string name)
    {
        var value = Get(fields, name);
        if (value.IsNull) return null;
        return value.AsString() ?? throw new ConnectionFileException(path, name, $"is not text but a JSON {value.Kind}");
    }

    private static RawJson Get(in ContentFields fields, string name) => fields[System.Text.Encoding.UTF8.GetBytes(name)];

    private static JObject? ReadExtraFields(string path, in ContentFields fields)
    {
        JObject? extra = null;
        foreach (var property in fields.Properties)
        {
            if (KnownFields.Contains(property.Name)) continue;
            try
            {
                (extra ??= [])[property.Name] = property.Value.AsToken();
            }
            catch (MessageFormatException exception)
            {
                throw new ConnectionFileException(path, property.Name, "cannot be read", exception);
            }
        }
        return extra;
    }
}
