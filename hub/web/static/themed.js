// Pages that have no script of their own but the choice of light and dark.

import { offerTheme } from "./theme.js";

offerTheme();
