using System.Text;

namespace KernelGateway.Languages;

/// <summary>R: <c>Sys.setenv</c>, the old values kept in an option.</summary>
internal sealed class RProfile : LanguageProfile
{
    private RProfile()
    {
    }

    public static RProfile Instance { get; } = new();

    public override string RestoreVariables =>
        """
        invisible(local({
          saved <- getOption("kernelgateway.environment")
          options(kernelgateway.environment = NULL)
          for (name in names(saved)) {
            if (is.na(saved[[name]])) Sys.unsetenv(name) else do.call(Sys.setenv, as.list(saved[name]))
          }
        }))
        """;

    public override string SetVariables(IReadOnlyDictionary<string, string> variables)
    {
        var names = string.Join(", ", variables.Keys.Select(EscapeBytes));
        var values = string.Join(", ", variables.Values.Select(EscapeBytes));
        return $$"""
            invisible(local({
              text <- function(...) { value <- rawToChar(as.raw(c(...))); Encoding(value) <- "UTF-8"; value }
              names <- c({{names}})
              options(kernelgateway.environment = Sys.getenv(names, unset = NA, names = TRUE))
              do.call(Sys.setenv, stats::setNames(list({{values}}), names))
            }))
            """;
    }

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes)
    {
        var set = changes.Where(change => change.Value is not null).ToArray();
        var names = string.Join(", ", set.Select(change => EscapeBytes(change.Key)));
        var values = string.Join(", ", set.Select(change => EscapeBytes(change.Value!)));
        var removed = string.Join(", ", changes.Where(change => change.Value is null).Select(change => EscapeBytes(change.Key)));
        return $$"""
            invisible(local({
              text <- function(...) { value <- rawToChar(as.raw(c(...))); Encoding(value) <- "UTF-8"; value }
              names <- c({{names}})
              if (length(names)) do.call(Sys.setenv, stats::setNames(list({{values}}), names))
              Sys.unsetenv(as.character(c({{removed}})))
            }))
            """;
    }

    private static string EscapeBytes(string text) => $"text({string.Join(",", Encoding.UTF8.GetBytes(text))})";
}
