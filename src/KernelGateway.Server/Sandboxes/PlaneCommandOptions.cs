using System.CommandLine;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes;

/// <summary>The options that say where a control plane keeps what it has.</summary>
internal sealed class PlaneCommandOptions
{
    /// <summary>The environment variable for connection strings, whose passwords do not belong on a command line.</summary>
    public const string DatabaseVariable = "KERNELGATEWAY_DATABASE";

    private readonly Option<string?> _data = new("--data-dir")
    {
        Description = "Keep the database and the files of sandboxes here. Default: /var/lib/kernel-gateway for root, else ~/.local/state/kernel-gateway.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string?> _database = new("--database")
    {
        Description = "Use this SQLite file, or the PostgreSQL server of this connection string ('Host=...;Database=...'). Other users of the machine "
            + $"can read command lines; {DatabaseVariable} is safer for passwords. Default: plane.db in the data directory.",
        HelpName = "FILE|CONNECTION",
    };

    private readonly Option<string?> _templates = new("--templates")
    {
        Description = "The directory of templates. Default: 'templates' in the data directory.",
        HelpName = "DIRECTORY",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_database);
    }

    public void AddTemplatesTo(Command command) => command.Options.Add(_templates);

    /// <summary>Returns the directory of templates, which may not exist.</summary>
    public string GetTemplates(ParseResult parsed) =>
        Path.GetFullPath(parsed.GetValue(_templates) ?? Path.Combine(GetDataDirectory(parsed), "templates"));

    /// <summary>Returns the data directory, which exists then. Other users can pass through it, as sandboxes have users of their own.</summary>
    /// <exception cref="SettingsException">It cannot be created.</exception>
    public string CreateDataDirectory(ParseResult parsed)
    {
        var path = GetDataDirectory(parsed);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--data-dir: '{path}' cannot be created: {exception.Message}");
        }
    }

    /// <summary>Returns the database.</summary>
    /// <exception cref="StorageException">The connection string is malformed.</exception>
    public SqlDatabase CreateDatabase(ParseResult parsed, string dataDirectory)
    {
        var text = parsed.GetValue(_database) ?? Environment.GetEnvironmentVariable(DatabaseVariable);
        if (string.IsNullOrEmpty(text)) return new SqliteDatabase(Path.Combine(dataDirectory, "plane.db"));
        return text.Contains('=', StringComparison.Ordinal) ? new PostgresDatabase(text) : new SqliteDatabase(text);
    }

    private string GetDataDirectory(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(_data) ?? DefaultDirectory());

    private static string DefaultDirectory() => Environment.UserName == "root"
        ? "/var/lib/kernel-gateway"
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
                ? state
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
            "kernel-gateway");
}
