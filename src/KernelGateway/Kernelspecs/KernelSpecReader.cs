using System.Text;
using KernelGateway.Protocol.Files;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Kernelspecs;

/// <summary>Reads one <c>kernel.json</c>, or states in a sentence why it cannot be used.</summary>
internal static class KernelSpecReader
{
    // Real ones are below 10 KB; a larger file is not a kernelspec. The file is read into memory whole.
    private const int MaxFileBytes = 4 * 1024 * 1024;

    /// <exception cref="KernelSpecFormatException">The file cannot be used; the message is the problem.</exception>
    internal static async Task<KernelSpec> ReadAsync(string name, string resourceDirectory, CancellationToken cancellationToken)
    {
        var json = Parse(await ReadTextAsync(Path.Combine(resourceDirectory, "kernel.json"), cancellationToken).ConfigureAwait(false));
        return new KernelSpec
        {
            Name = name,
            ResourceDirectory = resourceDirectory,
            Argv = ReadArgv(json),
            // Both are optional for Jupyter's own reader, so kernelspecs without them exist.
            DisplayName = ReadString(json, "display_name") is { Length: > 0 } displayName ? displayName : name,
            Language = ReadString(json, "language") ?? "",
            InterruptMode = ReadInterruptMode(json),
            Environment = ReadEnvironment(json),
            Metadata = ReadObject(json, "metadata") ?? [],
            // Some servers write an empty string for "not stated".
            KernelProtocolVersion = ReadString(json, "kernel_protocol_version") is { Length: > 0 } version ? version : null,
        };
    }

    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await OutsideFile.ReadAsync(path, MaxFileBytes, cancellationToken: cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KernelSpecFormatException($"kernel.json cannot be read: {exception.Message}", exception);
        }
    }

    private static JObject Parse(string text)
    {
        try
        {
            // Text that looks like a date stays text: metadata is relayed as it is.
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = 64 };
            var token = JToken.ReadFrom(reader);
            // Throws when anything but white space follows; a comment, which the reader would let pass, is not JSON either.
            if (reader.Read()) throw new KernelSpecFormatException("kernel.json is not JSON: it has a comment.");
            return token as JObject ?? throw new KernelSpecFormatException($"kernel.json contains {Describe(token)}, not an object.");
        }
        catch (JsonException exception)
        {
            throw new KernelSpecFormatException($"kernel.json is not JSON: {exception.Message}", exception);
        }
    }

    private static string[] ReadArgv(JObject json)
    {
        if (!json.TryGetValue("argv", StringComparison.Ordinal, out var token)) throw new KernelSpecFormatException("'argv' is missing.");
        if (token is not JArray { Count: > 0 } array) throw new KernelSpecFormatException("'argv' is not a non-empty list.");
        var argv = new string[array.Count];
        for (var i = 0; i < argv.Length; i++) argv[i] = AsString(array[i], $"argv[{i}]");
        if (argv[0].Length == 0) throw new KernelSpecFormatException("'argv[0]' is empty.");
        return argv;
    }

    private static KernelInterruptMode ReadInterruptMode(JObject json)
    {
        var mode = ReadString(json, "interrupt_mode");
        if (mode is null || mode.Equals("signal", StringComparison.OrdinalIgnoreCase)) return KernelInterruptMode.Signal;
        if (mode.Equals("message", StringComparison.OrdinalIgnoreCase)) return KernelInterruptMode.Message;
        throw new KernelSpecFormatException($"'interrupt_mode' is '{mode}'; it can be 'signal' or 'message'.");
    }

    private static Dictionary<string, string> ReadEnvironment(JObject json)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in ReadObject(json, "env")?.Properties() ?? [])
        {
            if (!VariableName.IsPossible(property.Name))
                throw new KernelSpecFormatException($"'env' has the name '{property.Name}', which no variable can have.");
            environment[property.Name] = AsString(property.Value, $"env.{property.Name}");
        }

        return environment;
    }

    private static JObject? ReadObject(JObject json, string field)
    {
        if (!json.TryGetValue(field, StringComparison.Ordinal, out var token) || token.Type == JTokenType.Null) return null;
        return token as JObject ?? throw new KernelSpecFormatException($"'{field}' is {Describe(token)}, not an object.");
    }

    private static string? ReadString(JObject json, string field)
    {
        if (!json.TryGetValue(field, StringComparison.Ordinal, out var token) || token.Type == JTokenType.Null) return null;
        return AsString(token, field);
    }

    private static string AsString(JToken token, string field)
    {
        if (token.Type != JTokenType.String) throw new KernelSpecFormatException($"'{field}' is {Describe(token)}, not a string.");
        var value = (string)token!;
        return value.Contains('\0') ? throw new KernelSpecFormatException($"'{field}' contains a NUL character.") : value;
    }

    private static string Describe(JToken token) => token.Type switch
    {
        JTokenType.Object => "an object",
        JTokenType.Array => "a list",
        JTokenType.String => "a string",
        JTokenType.Integer or JTokenType.Float => "a number",
        JTokenType.Boolean => "true or false",
        JTokenType.Null => "null",
        _ => "something else",
    };
}
