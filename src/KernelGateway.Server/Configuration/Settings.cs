using KernelGateway.AspNetCore;

namespace KernelGateway.Server.Configuration;

/// <summary>All settings of a command: the files (<see cref="ConfigurationFiles"/>), then the environment, then the command line.</summary>
/// <remarks>
/// They are in the section <c>KernelGateway</c>; in the environment that is <c>KERNELGATEWAY__PORT</c> or
/// <c>KERNELGATEWAY__CONTEXTS__MAXCONTEXTS</c>.
/// </remarks>
internal sealed class Settings
{
    private const string SectionName = "KernelGateway";
    private const string HttpSectionName = "Http";

    private readonly IConfigurationSection _section;

    private Settings(IConfigurationSection section) => _section = section;

    /// <summary>Loads the settings.</summary>
    /// <param name="commandLine">Settings of the command line: names as below <c>KernelGateway:</c>.</param>
    /// <param name="configFile">The file that the command line names, or null.</param>
    /// <exception cref="SettingsException">A file is not JSON, or a setting has an unknown name or an invalid value.</exception>
    public static Settings Load(IReadOnlyDictionary<string, string?> commandLine, string? configFile = null)
    {
        var builder = new ConfigurationBuilder();
        foreach (var file in ConfigurationFiles.Read(configFile)) builder.AddConfiguration(file);
        var root = builder
            .AddEnvironmentVariables()
            .AddInMemoryCollection(commandLine.Select(one => KeyValuePair.Create($"{SectionName}:{one.Key}", one.Value)))
            .Build();
        var settings = new Settings(root.GetSection(SectionName));
        settings.RefuseUnknown();
        return settings;
    }

    // The source generator replaces calls of Bind whose argument has a known type. A method group would be bound by reflection.
    public ServerOptions ReadServer() => Read(new ServerOptions(), options => _section.Bind(options));

    public void Apply(KernelGatewayHttpOptions options) => Read(options, known => _section.GetSection(HttpSectionName).Bind(known));

    public void Apply(SandboxServicesOptions options) =>
        Read(options, known => _section.GetSection(ServicesOptions.SectionName).Bind(known));

    /// <summary>Sets the options of a command that works and ends.</summary>
    public void Apply(KernelGatewayOptions options)
    {
        ApplyToServer(options);

        // Such a command needs no kernels for later contexts and no kernels of other programs.
        options.Prespawn = 0;
        options.ConnectionDirectory = null;
        options.AdoptOrphanedKernels = false;

        // These are limits for clients of a server.
        options.Contexts.DefaultTimeout = null;
        options.Contexts.MaxTimeout = null;
    }

    /// <summary>Sets the options of a server.</summary>
    public void ApplyToServer(KernelGatewayOptions options)
    {
        Read(options, known => _section.Bind(known));

        // The binder would append to the default lists. A configured list replaces the default one.
        foreach (var language in _section.GetSection("Languages:PreferredKernelSpecs").GetChildren())
        {
            options.Languages.PreferredKernelSpecs[language.Key] = [.. language.GetChildren().Select(name => name.Value ?? "")];
        }
    }

    private static T Read<T>(T options, Action<T> bind)
    {
        try
        {
            bind(options);
            return options;
        }
        catch (InvalidOperationException exception)
        {
            throw new SettingsException(exception.Message);
        }
    }

    // A misspelled setting, such as the token, would otherwise have no effect and cause no message.
    private void RefuseUnknown()
    {
        var known = new KnownSettings();
        known.Add("", typeof(ServerOptions));
        known.Add("", typeof(KernelGatewayOptions));
        known.Add(HttpSectionName, typeof(KernelGatewayHttpOptions));
        known.Add(ServicesOptions.SectionName, typeof(SandboxServicesOptions));
        known.Check(_section);
    }
}
