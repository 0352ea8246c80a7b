using System.Text.Json;

namespace KernelGateway.Server.Configuration;

/// <summary>The files that settings are read from: the machine's, the user's, and the one that the command line names.</summary>
/// <remarks>
/// Never one in the working directory: who may write there would decide which token is asked for, where the server listens and which programs
/// it starts.
/// </remarks>
internal static class ConfigurationFiles
{
    /// <summary>The name of the file in the directories below.</summary>
    public const string FileName = "appsettings.json";

    private const string DirectoryName = "kernel-gateway";

    // Settings are a page of text; a larger file is something else.
    private const long MaxBytes = 1 << 20;

    /// <summary>Reads the existing files, weakest first.</summary>
    /// <param name="named">The file that the command line names, or null. It must exist.</param>
    /// <exception cref="SettingsException">A file cannot be read, or does not hold a JSON object.</exception>
    public static IEnumerable<IConfiguration> Read(string? named)
    {
        foreach (var path in Places())
        {
            if (File.Exists(path)) yield return Read(path, Path.GetFullPath(path));
        }

        if (named is not null) yield return Read(named, CommonOptions.FullPath("--config", named));
    }

    private static IEnumerable<string> Places()
    {
        if (!OperatingSystem.IsWindows()) yield return Path.Combine("/etc", DirectoryName, FileName);

        // A relative one is to be ignored (XDG Base Directory Specification).
        if (Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } configHome && Path.IsPathFullyQualified(configHome))
        {
            yield return Path.Combine(configHome, DirectoryName, FileName);
        }
        else if (Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home && Path.IsPathFullyQualified(home))
        {
            yield return Path.Combine(home, ".config", DirectoryName, FileName);
        }
    }

    private static IConfigurationRoot Read(string name, string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new SettingsException($"{name}: a file of settings is at most {MaxBytes} bytes long.");
            using var stream = new MemoryStream(File.ReadAllBytes(path));
            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            throw new SettingsException($"{name}: {exception.Message}");
        }
    }
}
