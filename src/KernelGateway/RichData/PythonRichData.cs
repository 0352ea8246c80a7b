using System.Reflection;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.RichData;

/// <summary>Makes the code that prepares a Python kernel, out of the files in <c>Python/</c>.</summary>
/// <remarks>
/// One expression, so that nothing is bound in the user's namespace. <c>register.py</c> is run at once; the other files travel
/// with it and are compiled when a value asks for one, which keeps its work to milliseconds. Uncompressed: forty kilobytes on
/// loopback cost nothing, the compressor would stay in the memory of a gateway at rest.
/// </remarks>
internal sealed class PythonRichData(RichDataOptions options)
{
    private const string Prefix = "KernelGateway.RichData.Python.";
    private const string Registration = "register";

    // The same for every kernel but for the settings.
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Files = new(ReadFiles);

    /// <summary>Gets what prepares no kernel.</summary>
    public static PythonRichData None { get; } = new(new RichDataOptions { IsEnabled = false });

    private readonly Lazy<string> _code = new(() => Write(options));

    /// <summary>Gives the code for a kernel; null when it is none of Python's or is not to be prepared.</summary>
    public string? CodeFor(KernelInfoReply info, bool isAttached)
    {
        if (!options.IsEnabled || (isAttached && !options.IncludesAttachedKernels)) return null;
        return string.Equals(info.LanguageInfo.Name, "python", StringComparison.OrdinalIgnoreCase) ? _code.Value : null;
    }

    private static string Write(RichDataOptions options)
    {
        var source = $"""__import__("base64").b64decode("{Files.Value[Registration]}")""";
        var parts = Files.Value.Where(file => file.Key != Registration).Select(file => $"\"{file.Key}\": \"{file.Value}\"");
        var settings =
            $"""
            "max_bytes": {options.MaxBytes}, "whole_text": {Truth(options.PrintsWholeText)}, "no_colors": {Truth(options.PrintsWithoutColors)}
            """;
        return $$"""exec({{source}}, {"parts": { {{string.Join(", ", parts)}} }, "settings": { {{settings}} } })""";
    }

    private static string Truth(bool value) => value ? "True" : "False";

    private static Dictionary<string, string> ReadFiles()
    {
        var assembly = typeof(PythonRichData).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToDictionary(name => name[Prefix.Length..^".py".Length], name => Encode(assembly, name), StringComparer.Ordinal);
    }

    private static string Encode(Assembly assembly, string resource)
    {
        using var file = new MemoryStream();
        using var source = assembly.GetManifestResourceStream(resource)!;
        source.CopyTo(file);
        return Convert.ToBase64String(file.ToArray());
    }
}
