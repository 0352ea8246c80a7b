using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KernelGateway.ControlPlane.Templates;

/// <summary>Reads <c>template.json</c>, the description beside a template's root directory.</summary>
/// <remarks>
/// <code>
/// { "aliases": ["python"], "root": "root", "user": "user", "cwd": "/home/user", "env": { "LANG": "C.UTF-8" },
///   "kernels": ["python"], "start": "exec my-server", "ready": "curl -fs localhost:8000",
///   "cpus": 2, "memoryMB": 512, "diskMB": 1024, "maxProcesses": 512, "sudo": true,
///   "defaultPort": 80, "mounts": [{ "source": "/srv/data", "target": "/data" }] }
/// </code>
/// Every field is optional. A field that is not in the list is an error, so that a misspelt limit is not silently the default.
/// </remarks>
internal static partial class TemplateFile
{
    /// <summary>The name of the file in the template's directory.</summary>
    public const string Name = "template.json";

    /// <summary>How the file is read: with comments.</summary>
    public static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private const long Megabyte = 1L << 20;

    /// <summary>Returns whether a text can be the name of a template.</summary>
    public static bool IsName(string text) => Identifier().IsMatch(text);

    /// <summary>Reads the template in a directory.</summary>
    /// <exception cref="TemplateException">The file cannot be read, or a field cannot be used.</exception>
    public static SandboxTemplate Read(string directory)
    {
        var path = Path.Combine(directory, Name);
        try
        {
            return Parse(Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)), directory, File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new TemplateException($"The template file '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Parses the content of a file.</summary>
    /// <param name="id">The template's id.</param>
    /// <param name="directory">The directory to which a relative root belongs.</param>
    /// <param name="json">The content.</param>
    /// <exception cref="TemplateException">A field cannot be used.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static SandboxTemplate Parse(string id, string directory, string json)
    {
        if (!IsName(id))
            throw new TemplateException($"'{id}' is not a name for a template: lower-case letters, digits, '-' and '_'.");
        using var document = JsonDocument.Parse(json, Options);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new TemplateException($"Template '{id}': {Name} is not a JSON object.");
        var template = new SandboxTemplate { Id = id };
        foreach (var field in document.RootElement.EnumerateObject())
        {
            try
            {
                template = With(template, directory, field.Name, field.Value);
            }
            catch (Exception exception) when (exception is InvalidOperationException or FormatException)
            {
                throw new TemplateException($"Template '{id}': the value of '{field.Name}' cannot be used: {exception.Message}", exception);
            }
        }

        return template;
    }

    private static SandboxTemplate With(SandboxTemplate template, string directory, string name, JsonElement value) => name switch
    {
        "aliases" => template with { Aliases = [.. Texts(value).Select(Alias)] },
        "root" => template with { RootDirectory = Path.GetFullPath(Text(value), Path.GetFullPath(directory)) },
        "mounts" => template with { Mounts = [.. value.EnumerateArray().Select(Mount)] },
        "user" => template with { User = Text(value) },
        "cwd" => template with { WorkingDirectory = Absolute(Text(value)) },
        "env" => template with { Environment = value.EnumerateObject().ToDictionary(item => item.Name, item => Variable(item.Value), StringComparer.Ordinal) },
        "kernels" => template with { WarmKernels = Texts(value) },
        "start" => template with { StartCommand = Text(value) },
        "ready" => template with { ReadyCommand = Text(value) },
        "cpus" => template with { Cpus = InRange(value.GetDouble(), 0.01, 4096) },
        "memoryMB" => template with { MemoryBytes = (long)InRange(value.GetInt64(), 16, 1 << 24) * Megabyte },
        "diskMB" => template with { DiskBytes = (long)InRange(value.GetInt64(), 1, 1 << 24) * Megabyte },
        "maxProcesses" => template with { MaxProcesses = (int)InRange(value.GetInt32(), 8, 1 << 22) },
        "sudo" => template with { AllowsSudo = value.GetBoolean() },
        "defaultPort" => template with { DefaultPort = (int)InRange(value.GetInt32(), 1, 65535) },
        _ => throw new FormatException("there is no such field"),
    };

    private static IReadOnlyList<string> Texts(JsonElement value) => [.. value.EnumerateArray().Select(Text)];

    private static string Text(JsonElement value) =>
        value.GetString() is { Length: > 0 } text ? text : throw new FormatException("it is empty");

    private static string Variable(JsonElement value) => value.GetString() ?? throw new FormatException("a variable is null");

    private static string Alias(string text) =>
        IsName(text) ? text : throw new FormatException($"'{text}' is not a name for a template");

    private static string Absolute(string path) => path.StartsWith('/') ? path : throw new FormatException("it is not an absolute path");

    private static TemplateMount Mount(JsonElement value) =>
        new(Absolute(Text(value.GetProperty("source"))), Absolute(Text(value.GetProperty("target"))));

    private static double InRange(double value, double minimum, double maximum) => value >= minimum && value <= maximum
        ? value
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it is not between {minimum} and {maximum}"));

    [GeneratedRegex("^[a-z0-9_-]{1,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}

/// <summary>A template cannot be used. The message says why.</summary>
internal sealed class TemplateException(string message, Exception? inner = null) : Exception(message, inner);
